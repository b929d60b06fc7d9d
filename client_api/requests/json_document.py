"""A JSON body as an object, whose number of values is bounded before any of them is made.

A value of two bytes takes up to a hundred in memory, so that 20 MB of empty lists are gigabytes.
What bodies bring are a few long texts: they are passed over, and all else is counted.
"""

import json
import re
from typing import Any

from client_api.errors import BadBody

# Texts, lists, objects and what commas part; a thousand images are some five thousand.
MAX_JSON_VALUES = 100_000
_COUNTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)


def parse_json_object(body: bytes) -> dict[str, Any]:
    """The object that `body` is, in UTF-8, -16 or -32; whole numbers become floats.

    Raises:
        BadBody: it does not parse, is none, has a key twice in an object, or more than
            `MAX_JSON_VALUES` values.
    """
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError as error:
        raise BadBody(
            f"the JSON does not parse: byte {error.start + 1} begins what is no {error.encoding}"
        ) from error
    if has_too_many_values(text):
        raise BadBody(
            f"the JSON has more than {MAX_JSON_VALUES} values; an image's bytes are expected as "
            'one text of base64, {"image": {"b64": "..."}}'
        )
    try:
        # No whole number means anything here, and Python refuses one of thousands of digits.
        document = json.loads(text, object_pairs_hook=_each_key_once, parse_int=float)
    except json.JSONDecodeError as error:
        raise BadBody(
            f"the JSON does not parse at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise BadBody("the JSON does not parse: it is nested too deeply") from error
    if not isinstance(document, dict):
        raise BadBody(f"a JSON object is expected, not {kind_of(document)}")
    return document


def has_too_many_values(text: str) -> bool:
    """Whether a document has more than `MAX_JSON_VALUES` texts, lists, objects and commas.

    Example:
        >>> has_too_many_values("[]," * 100_000), has_too_many_values('"[],"')
        (True, False)
    """
    if sum(map(text.count, '"[{,')) <= MAX_JSON_VALUES:
        return False
    found = _COUNTED.finditer(text)
    return any(number >= MAX_JSON_VALUES for number, _ in enumerate(found))


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of a document; of two values under one key, nobody knows which was meant."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise BadBody(f"key {key[:100]!r} comes twice in one object; once is expected")
        found[key] = value
    return found


def kind_of(value: object) -> str:
    """What a value of a document is, for a message."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")
