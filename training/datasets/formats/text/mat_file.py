"""MATLAB's files of level 5, as far as EgoHands has them: a struct array of numbers.

Source: "MAT-File Format", MathWorks: a header of 128 bytes, then elements of a type, a length and
data, compressed or not, padded to 8 bytes. SciPy's reader is compiled, and some damaged files end
the whole process in it; here whatever bytes come are read, or a `BadMatFile` says what is wrong.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

HEADER_BYTES = 128
# What a file unpacks to, and how much lies in one array: 100 frames of EgoHands take 1 MB.
MOST_BYTES = 64 << 20
MOST_ELEMENTS = 1_000_000
_MATRIX, _COMPRESSED = 14, 15
# How numbers are stored, whatever their class is: whole doubles take a byte each.
_WHOLE = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"}
_KINDS = {**_WHOLE, 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_STRUCT, _DOUBLE, _LAST_NUMBER = 2, 6, 15
_MOST_FIELDS, _MOST_SIDES = 1000, 32

Array = npt.NDArray[Any]
_Order = Literal["<", ">"]
# A record of a struct array: its numbers by the field's name; None where a field is no numbers.
Fields = dict[str, Array | None]


class BadMatFile(ValueError):
    """The file is none of level 5, is damaged, or has no such variable; says which."""


def read_struct_array(data: bytes, name: str) -> list[Fields]:
    """The records of a struct array in their order, column by column.

    Args:
        data: the file.
        name: the variable's.

    Raises:
        BadMatFile: there is none, or the file is damaged.
    """
    if len(data) < HEADER_BYTES or data[126:128] not in (b"IM", b"MI"):
        raise BadMatFile("the header of a MATLAB 5 file was expected")
    order: _Order = "<" if data[126:128] == b"IM" else ">"
    left = MOST_BYTES
    for kind, content in _elements(data[HEADER_BYTES:], order):
        if kind == _COMPRESSED:
            inflated = _inflated(content, left)
            left -= len(inflated)
            kind, content = next(_elements(inflated, order), (0, b""))
        if kind == _MATRIX and len(content):
            matrix = _Matrix.of(content, order)
            if matrix.name == name and matrix.kind == _STRUCT:
                return matrix.records()
    raise BadMatFile(f"there is no struct {name!r} in it")


def _inflated(data: bytes, most: int) -> bytes:
    engine = zlib.decompressobj()
    try:
        # None at all would be no bound.
        content = engine.decompress(data, most + 1)
    except zlib.error as error:
        raise BadMatFile(f"damaged: {error}") from error
    if len(content) > most:
        raise BadMatFile(f"it unpacks to more than the {MOST_BYTES >> 20} MB allowed")
    return content


def _elements(data: bytes, order: _Order) -> Iterator[tuple[int, bytes]]:
    """The type and the bytes of each element, in their order."""
    at = count = 0
    while at < len(data):
        count += 1
        if count > MOST_ELEMENTS:
            raise BadMatFile(f"more than the {MOST_ELEMENTS} parts allowed")
        if len(data) - at < 8:
            raise BadMatFile("cut short")
        kind, length = struct.unpack_from(f"{order}II", data, at)
        begin = at + 8
        if kind >> 16:
            # Up to four bytes stand in the place of the length.
            kind, length, begin = kind & 0xFFFF, kind >> 16, at + 4
            end, at = begin + length, at + 8
            if length > 4:
                raise BadMatFile(f"a small element of {length} bytes")
        else:
            end = begin + length
            at = end if kind == _COMPRESSED else end + -length % 8
        if end > len(data):
            raise BadMatFile(f"{length} bytes are announced, there are {len(data) - begin}")
        yield kind, data[begin:end]


@dataclass(frozen=True)
class _Matrix:
    """A variable, or what a field of a struct holds: its class, sides, name and what follows."""

    kind: int
    shape: tuple[int, ...]
    name: str
    rest: list[tuple[int, bytes]]
    order: _Order

    @classmethod
    def of(cls, content: bytes, order: _Order) -> "_Matrix":
        parts = list(_elements(content, order))
        if len(parts) < 3 or len(parts[0][1]) < 4:
            raise BadMatFile("an array without its class, sides and name")
        (flags,) = struct.unpack_from(f"{order}I", parts[0][1])
        shape = _whole_numbers(*parts[1], order)
        if not 2 <= len(shape) <= _MOST_SIDES or min(shape) < 0:
            raise BadMatFile(f"an array of {'x'.join(map(str, shape[:_MOST_SIDES]))}")
        name = parts[2][1].decode("latin-1")
        return cls(flags & 0xFF, shape, name, parts[3:], order)

    def records(self) -> list[Fields]:
        """Of a struct array."""
        if len(self.rest) < 2:
            raise BadMatFile("a struct without fields")
        length = next(iter(_whole_numbers(*self.rest[0], self.order)), 0)
        names = self.rest[1][1]
        if not 0 < length <= len(names) <= length * _MOST_FIELDS:
            raise BadMatFile(f"{len(names)} letters of fields' names of {length} each")
        fields = [names[at : at + length].split(b"\0")[0].decode("latin-1")
                  for at in range(0, len(names), length)]  # fmt: skip
        values = self.rest[2:]
        if math.prod(self.shape) * len(fields) != len(values):
            raise BadMatFile(
                f"{len(fields)} fields of {'x'.join(map(str, self.shape))} records were expected, "
                f"there are {len(values)} values"
            )
        return [
            {field: _array(kind, content, self.order)
             for field, (kind, content) in zip(fields, values[at:], strict=False)}
            for at in range(0, len(values), len(fields))
        ]  # fmt: skip

    def numbers(self) -> Array | None:
        """Of any other array; None where it holds no numbers."""
        if not _DOUBLE <= self.kind <= _LAST_NUMBER or not self.rest:
            return None
        values = _numbers(*self.rest[0], self.order)
        if math.prod(self.shape) != len(values):
            shape = "x".join(map(str, self.shape))
            raise BadMatFile(f"{len(values)} numbers in an array of {shape}")
        return values.reshape(self.shape, order="F")


def _array(kind: int, content: bytes, order: _Order) -> Array | None:
    if kind != _MATRIX:
        return None
    # Nothing at all stands for an empty array.
    return _Matrix.of(content, order).numbers() if content else np.zeros((0, 0))


def _whole_numbers(kind: int, content: bytes, order: _Order) -> tuple[int, ...]:
    if kind not in _WHOLE:
        raise BadMatFile(f"whole numbers of the type {kind}")
    return tuple(map(int, _numbers(kind, content, order).tolist()))


def _numbers(kind: int, content: bytes, order: _Order) -> Array:
    if kind not in _KINDS:
        raise BadMatFile(f"numbers of the type {kind}")
    of_type = np.dtype(_KINDS[kind]).newbyteorder(order)
    if len(content) % of_type.itemsize:
        raise BadMatFile(f"{len(content)} bytes of numbers of {of_type.itemsize}")
    return np.frombuffer(content, of_type).astype(np.float64)
