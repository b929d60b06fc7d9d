"""JSON as RapidJSON reads it, with its errors and where they are.

Slower than Python's parser, so it is for documents that the other one refuses or may read
differently: any depth, `Inf` and `-NaN`, lone surrogates, the end of the document at its last
bracket. Numbers are read exactly; RapidJSON's are off by the last bits of a double.

Source: RapidJSON 1.1.0's `reader.h`, iterative, with `kParseNanAndInfFlag` and
`kParseStopWhenDoneFlag`, as TensorFlow Serving's `json_tensor.cc` uses it.
"""

from enum import Enum, auto
from typing import Any, NamedTuple

from server.embedded.rest_api.json_scanner import INVALID, JsonScanner, JsonSyntaxError


class RepeatedMembers(dict[str, Any]):
    """An object in which a name comes more than once: by name, the first of each.

    Args:
        pairs: all names and values, as they came.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        self.pairs = pairs


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these names and values."""
    by_name = dict(pairs)
    return by_name if len(by_name) == len(pairs) else RepeatedMembers(pairs)


class _Expected(Enum):
    """What may come next."""

    DOCUMENT = auto()
    NAME_OR_END = auto()
    NAME = auto()
    COLON = auto()
    MEMBER = auto()
    MEMBER_END = auto()
    ELEMENT_OR_END = auto()
    ELEMENT = auto()
    ELEMENT_END = auto()


# What is said where something else comes; of a value otherwise that it is not valid.
_COMPLAINTS = {
    _Expected.DOCUMENT: "The document is empty.",
    _Expected.NAME_OR_END: "Missing a name for object member.",
    _Expected.NAME: "Missing a name for object member.",
    _Expected.COLON: "Missing a colon after a name of object member.",
    _Expected.MEMBER_END: "Missing a comma or '}' after an object member.",
    _Expected.ELEMENT_END: "Missing a comma or ']' after an array element.",
}
_VALUES = (_Expected.DOCUMENT, _Expected.MEMBER, _Expected.ELEMENT_OR_END, _Expected.ELEMENT)


def parse(data: bytes) -> Any:
    """The first JSON value of a text.

    Args:
        data: what follows the value is passed over; so is a byte order mark before it.

    Returns:
        Of members with the same name the first; bytes that are no UTF-8 as surrogate escapes.

    Raises:
        JsonSyntaxError: in RapidJSON's words.
    """
    return _Parser(data).document()


class _Container(NamedTuple):
    is_list: bool
    items: list[Any]


class _Parser:
    def __init__(self, data: bytes) -> None:
        self._scanner = JsonScanner(data)
        self._expected = _Expected.DOCUMENT
        # Of each object or array that is open its members or elements, and the names that wait
        # for their values.
        self._open: list[_Container] = []
        self._names: list[str] = []

    def document(self) -> Any:
        while True:
            self._scanner.skip_space()
            byte = self._scanner.peek()
            if not byte:
                raise self._error()
            if self._expected in _VALUES:
                done, value = self._value(byte)
            else:
                done, value = self._between(byte)
            if done:
                return value

    def _value(self, byte: int) -> tuple[bool, Any]:
        if byte in b"[{":
            self._scanner.position += 1
            is_list = byte == ord("[")
            self._open.append(_Container(is_list, []))
            self._expected = _Expected.ELEMENT_OR_END if is_list else _Expected.NAME_OR_END
            return False, None
        if byte == ord("]") and self._expected is _Expected.ELEMENT_OR_END:
            return self._close()
        if byte in b"]},:":
            raise self._error()
        value = self._scanner.scalar(byte)
        self._put(value)
        self._expect_end()
        return not self._open, value

    def _between(self, byte: int) -> tuple[bool, Any]:
        """A name, or what stands between names and values."""
        expected = self._expected
        if expected in (_Expected.NAME, _Expected.NAME_OR_END):
            if byte == ord('"'):
                self._names.append(self._scanner.string())
                self._expected = _Expected.COLON
                return False, None
            if byte == ord("}") and expected is _Expected.NAME_OR_END:
                return self._close()
            raise self._error()
        if expected is _Expected.COLON and byte == ord(":"):
            self._expected = _Expected.MEMBER
        elif expected is _Expected.MEMBER_END and byte == ord(","):
            self._expected = _Expected.NAME
        elif expected is _Expected.ELEMENT_END and byte == ord(","):
            self._expected = _Expected.ELEMENT
        elif (expected, byte) in (
            (_Expected.MEMBER_END, ord("}")),
            (_Expected.ELEMENT_END, ord("]")),
        ):
            return self._close()
        else:
            raise self._error()
        self._scanner.position += 1
        return False, None

    def _put(self, value: Any) -> None:
        if self._open:
            container = self._open[-1]
            container.items.append(value if container.is_list else (self._names.pop(), value))

    def _close(self) -> tuple[bool, Any]:
        self._scanner.position += 1
        container = self._open.pop()
        value = container.items if container.is_list else members(container.items)
        self._put(value)
        self._expect_end()
        return not self._open, value

    def _expect_end(self) -> None:
        if self._open:
            is_list = self._open[-1].is_list
            self._expected = _Expected.ELEMENT_END if is_list else _Expected.MEMBER_END

    def _error(self) -> JsonSyntaxError:
        return JsonSyntaxError(_COMPLAINTS.get(self._expected, INVALID), self._scanner.position)
