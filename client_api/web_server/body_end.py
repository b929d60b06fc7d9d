"""Finds where a request's body ends, as its bytes come, without keeping them.

It decides when a thread is given the body, and nothing else: gunicorn's parser reads the bytes
afterwards, and its word holds. What is malformed ends here, and is refused there.

Source: RFC 9112, 7.1 for chunks.
"""

import re
from typing import Protocol

# gunicorn's own limit of a chunk's first line.
MAX_CHUNK_LINE_BYTES = 8190
# What the sizes of chunks may add to what these bring: an eighth, as base64 in lines of 76 has it,
# and this much. Each chunk costs gunicorn's parser 3 us, whatever it brings.
OVERHEAD_SHARE = 8
SPARE_OVERHEAD_BYTES = 128 * 1024

_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(;|$)")


class BodyEnd(Protocol):
    """Where a body ends.

    Attributes:
        is_there: whether the end has been passed, or cannot come any more.
        payload_bytes: how long the body is at least, by what has been announced so far.
    """

    is_there: bool
    payload_bytes: int

    def feed(self, data: bytes) -> None:
        """Look at what has come."""

    def overhead_is_too_large(self) -> bool:
        """Whether more came than the body's length explains."""


class LengthEnd:
    """The end of a body whose length was announced.

    Args:
        length: in bytes.
    """

    def __init__(self, length: int) -> None:
        self.payload_bytes = length
        self._left = length
        self.is_there = length == 0

    def feed(self, data: bytes) -> None:
        """See `BodyEnd`."""
        self._left -= len(data)
        self.is_there = self._left <= 0

    def overhead_is_too_large(self) -> bool:
        """See `BodyEnd`."""
        return False


class ChunkedEnd:
    """The end of a body that comes in chunks."""

    def __init__(self) -> None:
        self.is_there = False
        self.payload_bytes = 0
        self._overhead = 0
        # Of the chunk that is being passed over, with the line's end after it.
        self._left = 0
        self._line = b""
        self._is_in_trailers = False

    def feed(self, data: bytes) -> None:
        """See `BodyEnd`."""
        position = 0
        while position < len(data) and not self.is_there:
            if self._left:
                step = min(self._left, len(data) - position)
                position += step
                self._left -= step
                continue
            end = data.find(b"\n", position)
            if end < 0:
                self._line += data[position:]
                self.is_there = len(self._line) > MAX_CHUNK_LINE_BYTES
                return
            line = self._line + data[position:end] if self._line else data[position:end]
            self._line = b""
            position = end + 1
            self._take_line(line.removesuffix(b"\r"))

    def _take_line(self, line: bytes) -> None:
        self._overhead += len(line) + 4
        if self._is_in_trailers:
            self.is_there = not line
            return
        digits = _SIZE.match(line)
        size = 0 if digits is None else int(digits[1], 16)
        if digits is None:
            self.is_there = True
        elif size == 0:
            self._is_in_trailers = True
        else:
            self.payload_bytes += size
            self._left = size + 2

    def overhead_is_too_large(self) -> bool:
        """See `BodyEnd`."""
        allowed = self.payload_bytes // OVERHEAD_SHARE + SPARE_OVERHEAD_BYTES
        return self._overhead > allowed
