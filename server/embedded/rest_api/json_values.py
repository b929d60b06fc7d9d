"""JSON text to values, and values as error messages show them.

`NaN`, `Infinity` and `-Infinity` are numbers, as TensorFlow Serving reads and writes them.
"""

import json
import math
import re
from typing import Any

import grpc

from server.embedded.errors import MAX_MESSAGE_BYTES, ServingError
from server.embedded.rest_api.json_excerpt import excerpt
from server.embedded.rest_api.json_parser import RepeatedMembers, members, parse
from server.embedded.rest_api.json_scanner import BYTE_ORDER_MARK, JsonSyntaxError

# RapidJSON's names, which TensorFlow Serving's messages use.
_TYPE_NAMES = {
    type(None): "Null",
    dict: "Object",
    RepeatedMembers: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}

# What Python's parser reads otherwise, or not: numbers that may be too big for a double, halves of
# surrogate pairs without the other one, and the end of the text at a zero.
_MAY_BE_BIG = re.compile(rb"[eE]\+?[0-9]{3}")
_MAY_BE_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_SPACE = re.compile(r"[ \n\r\t]*")
# The other parser takes a second for a megabyte or two, and a hundred times their size in memory.
MAX_CAREFUL_BYTES = 2 * 1024 * 1024


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object at the beginning of a request's body.

    Of members with the same name the first counts, and what follows the object is passed over.
    Bytes of strings that are no UTF-8 come as surrogate escapes.

    Raises:
        ServingError: INVALID_ARGUMENT, it is empty, no JSON, or no object.
    """
    if not body:
        raise _parse_error("The document is empty")
    document = _document(body)
    if not isinstance(document, dict) and len(body) <= MAX_CAREFUL_BYTES:
        # Python's parser ends a number where it can no longer be one.
        document = _careful(body)
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {value_text(document)} Is not object")
    return document


def _document(body: bytes) -> Any:
    is_doubtful = _is_doubtful(body)
    if is_doubtful and len(body) <= MAX_CAREFUL_BYTES:
        return _careful(body)
    text = body.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "surrogateescape")
    decoder = _FINITE_DECODER if is_doubtful else _DECODER
    try:
        space = _SPACE.match(text)
        return decoder.raw_decode(text, space.end() if space else 0)[0]
    # A number of thousands of digits is a ValueError, as all others are.
    except (ValueError, RecursionError) as error:
        if len(body) <= MAX_CAREFUL_BYTES:
            return _careful(body)
        position = getattr(error, "pos", 0)
        offset = len(text[:position].encode("utf-8", "surrogateescape"))
        raise _parse_error(f"Invalid value. at offset: {offset}") from error


def _is_doubtful(body: bytes) -> bool:
    # To look for a byte or two takes no time.
    return (
        _MAY_BE_BIG.search(body) is not None
        or (b"\\u" in body and _MAY_BE_HALF.search(body) is not None)
        or b"\0" in body
    )


def _careful(body: bytes) -> Any:
    try:
        return parse(body)
    except JsonSyntaxError as error:
        raise _parse_error(str(error)) from error


def type_name(value: Any) -> str:
    """`Number`, `String`, `True`, ..., as TensorFlow Serving calls a value's type."""
    if isinstance(value, bool):
        return str(value)
    return _TYPE_NAMES[type(value)]


def value_text(value: Any) -> str:
    """A value as JSON, cut to what fits into a message."""
    return excerpt(value)


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


_DECODER = json.JSONDecoder(object_pairs_hook=members)
_FINITE_DECODER = json.JSONDecoder(object_pairs_hook=members, parse_float=_finite)


def _parse_error(what: str) -> ServingError:
    return invalid(f"JSON Parse error: {what}")
