"""The beginning of a JSON value, for messages.

Source: `JsonValueToDebugString` in TensorFlow Serving's `json_tensor.cc`, and RapidJSON's
`PrettyWriter` with arrays on a line. Strings are written whole; what comes after 256 bytes is not.
"""

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from server.embedded.rest_api.json_parser import RepeatedMembers

MAX_BYTES = 256
INDENT = " " * 4
# RapidJSON's `Prettify`: beyond these powers of ten numbers have an exponent.
MOST_DIGITS, LEAST_POWER = 21, -6
INTEGERS = range(-(2**63), 2**64)

_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip


class _EndOfText(Exception):
    """A number that JSON does not have; RapidJSON's writer stops there."""


def excerpt(value: Any) -> str:
    """The text of `value`, of any depth, as far as it matters.

    Example:
        >>> excerpt([1, 2.5, None])
        '[1, 2.5, null]'
    """
    text, size = "", 0
    try:
        for piece in _pieces(value):
            text += piece
            size += len(piece.encode("utf-8", "surrogatepass"))
            if size >= MAX_BYTES:
                break
    except _EndOfText as end:
        text += str(end)
    return text


def _pieces(root: Any) -> Iterator[str]:
    """What is written between one look at the size and the next."""
    # Each container that is open, what of it is to come, and whether something came.
    opened: list[tuple[bool, Iterator[Any]]] = []
    prefix, value = "", root
    while True:
        if isinstance(value, (dict, list)):
            is_object = isinstance(value, dict)
            yield prefix + ("{" if is_object else "[")
            opened.append((is_object, _inside(value)))
            separator = ""
        else:
            try:
                yield prefix + _scalar(value)
            except _EndOfText:
                raise _EndOfText(prefix) from None
            separator = ","
        while opened:
            is_object, rest = opened[-1]
            following = next(rest, opened)
            if following is not opened:
                break
            opened.pop()
            line = "\n" + INDENT * len(opened) if is_object and separator else ""
            yield line + ("}" if is_object else "]")
            separator = ","
        else:
            return
        if is_object:
            name, value = following
            yield separator + "\n" + INDENT * len(opened) + _scalar(name)
            prefix = ": "
        else:
            prefix, value = separator + (" " if separator else ""), following


def _inside(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    if isinstance(value, RepeatedMembers):
        return iter(value.pairs)
    return iter(value.items() if isinstance(value, dict) else value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(_escape, value) + '"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value in INTEGERS:
        return str(value)
    return _double(float(value))


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0], f"\\u{ord(match[0]):04X}")


def _double(value: float) -> str:
    """The shortest decimal number that is this double."""
    if not math.isfinite(value):
        raise _EndOfText
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return sign + "0.0"
    _, digits, exponent = Decimal(repr(abs(value))).normalize().as_tuple()
    text, power = "".join(map(str, digits)), int(exponent)
    point = len(text) + power
    if power >= 0 and point <= MOST_DIGITS:
        return f"{sign}{text}{'0' * power}.0"
    if 0 < point <= MOST_DIGITS:
        return f"{sign}{text[:point]}.{text[point:]}"
    if LEAST_POWER < point <= 0:
        return f"{sign}0.{'0' * -point}{text}"
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{sign}{text[0]}{fraction}e{point - 1}"
