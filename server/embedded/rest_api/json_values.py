"""JSON text to values, and values as error messages show them.

`NaN`, `Infinity` and `-Infinity` are numbers, as TensorFlow Serving reads and writes them.
"""

import json
import math
import re
from typing import Any

import grpc

from server.embedded.errors import MAX_MESSAGE_BYTES, ServingError

# RapidJSON's names, which TensorFlow Serving's messages use.
_TYPE_NAMES = {
    type(None): "Null",
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}

# How a number ends that may be too big for a double; most bodies hold none.
_HUGE = re.compile(rb"[0-9][eE]\+?[0-9]{3}")


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body.

    Raises:
        ServingError: INVALID_ARGUMENT, it is empty, no JSON, nested too deeply, or no object.
    """
    if not body:
        raise _parse_error("The document is empty")
    try:
        parse_float = _finite if _HUGE.search(body) else None
        document = json.loads(body.decode(), parse_float=parse_float)
    except json.JSONDecodeError as error:
        offset = len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
        raise _parse_error(f"{error.msg} at offset: {offset}") from error
    except UnicodeDecodeError as error:
        raise _parse_error(f"Invalid encoding in string. at offset: {error.start}") from error
    except RecursionError as error:
        raise _parse_error("nested too deeply") from error
    except ValueError as error:
        # Python refuses integers of thousands of digits.
        raise _parse_error(f"Number too big to be stored in double. ({error})") from error
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {value_text(document)} Is not object")
    return document


def type_name(value: Any) -> str:
    """`Number`, `String`, `True`, ..., as TensorFlow Serving calls a value's type."""
    if isinstance(value, bool):
        return str(value)
    return _TYPE_NAMES[type(value)]


def value_text(value: Any) -> str:
    """A value as JSON, cut to what fits into a message."""
    text = ""
    try:
        for piece in json.JSONEncoder(indent=4).iterencode(value):
            text += piece
            if len(text) > MAX_MESSAGE_BYTES:
                break
    except RecursionError:
        text += "..."
    return text


def invalid(message: str) -> ServingError:
    """An INVALID_ARGUMENT."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)


def surrogate_error() -> ServingError:
    """What is said of half a surrogate pair, which Python's parser lets into text."""
    return _parse_error("The surrogate pair in string is invalid.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text[:MAX_MESSAGE_BYTES])
    return value


def _parse_error(what: str) -> ServingError:
    return invalid(f"JSON Parse error: {what}")
