"""The JSON text of an answer, piece by piece: bounded in size, and stopped once nobody waits.

A number of four bytes becomes up to 25 of text, and 32 as Python's object. In pieces the objects
are those of one piece, and what comes to too much is refused before it is there.
"""

import json
import math
import threading
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

import grpc
import numpy as np

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError

# What a mask of 1024x1024 for each of 20 classes takes with some digits.
MAX_ANSWER_BYTES = 512 * 1024 * 1024
# Numbers or lists that are made objects together.
PIECE_CELLS = 50_000
# With its comma, at least: `0, `, `0.0, ` and `true, `, which may be the last without one.
_LEAST_BYTES = {"b": 4, "i": 1, "u": 1, "f": 3, "O": 2}
_COMMA = ", "


class ResponseText:
    """Collects the text.

    Args:
        given_up: is set once the deadline is over; None where there is none.
        most_bytes: that the text may have.
        piece_cells: numbers or lists that are made objects together.
    """

    def __init__(
        self,
        given_up: threading.Event | None = None,
        most_bytes: int = MAX_ANSWER_BYTES,
        piece_cells: int = PIECE_CELLS,
    ) -> None:
        self.pieces: list[bytes] = []
        self._given_up = given_up
        self.piece_cells = piece_cells
        self._most_bytes = most_bytes
        self._size = 0

    def expect(self, *arrays: Array) -> None:
        """Refuse arrays that come to too much text however short their values are.

        Raises:
            ServingError: RESOURCE_EXHAUSTED.
        """
        self._check_size(self._size + sum(map(_least_bytes, arrays)), "at least ")

    def add(self, text: str) -> None:
        """Add a piece.

        Raises:
            ServingError: RESOURCE_EXHAUSTED, it comes to too much; DEADLINE_EXCEEDED, it is too
                late.
        """
        if self._given_up is not None and self._given_up.is_set():
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED, "Timed out while the answer was written as JSON"
            )
        # Text that is no UTF-8 goes out byte by byte, as it came from the model.
        piece = text.encode("utf-8", "surrogateescape")
        self._size += len(piece)
        self._check_size(self._size, "more than ")
        self.pieces.append(piece)

    def add_array(self, array: Array, values: Callable[[Array], Any]) -> None:
        """Add an array as nested lists, as `json.dumps(values(array))` would be.

        Args:
            array: of any shape.
            values: makes nested lists of an array, or a value of one without dimensions.

        Raises:
            ServingError: as `add`.
        """
        if np.ndim(array) == 0 or cells(array) <= self.piece_cells:
            self.add(dump(values(array)))
            return
        self.add("[")
        row_cells = cells(array) // len(array)
        if row_cells <= self.piece_cells:
            for number, block in enumerate(self.blocks(len(array), row_cells)):
                self.add(_COMMA * (number > 0) + dump(values(array[block]))[1:-1])
        else:
            for number, row in enumerate(array):
                self.add(_COMMA * (number > 0))
                self.add_array(row, values)
        self.add("]")

    def blocks(self, rows: int, row_cells: int) -> Iterator[slice]:
        """The rows of an array, as many together as make a piece."""
        step = max(1, self.piece_cells // max(1, row_cells))
        return (slice(start, start + step) for start in range(0, rows, step))

    def _check_size(self, size: int, how: str) -> None:
        if size > self._most_bytes:
            raise ServingError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"The answer has {how}{max(size, self._most_bytes) >> 20} MiB of JSON; at most "
                f"{self._most_bytes >> 20} MiB are written. Ask over gRPC, or for less.",
            )


def dump(value: Any) -> str:
    """JSON as TensorFlow Serving's, in one line."""
    return json.dumps(value, ensure_ascii=False)


def cells(array: Array) -> int:
    """How many values and innermost lists an array has, which may be empty ones."""
    return math.prod(takewhile(bool, array.shape))


def _least_bytes(array: Array) -> int:
    least = array.size * _LEAST_BYTES.get(array.dtype.kind, 1)
    if array.dtype == object:
        least += sum(map(len, np.ravel(array)))
    # A comma and a space between any two, and brackets around the innermost lists.
    brackets = 2 * cells(array[..., :0]) if array.ndim else 0
    return least + 2 * (cells(array) - 1) + brackets
