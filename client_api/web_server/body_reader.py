"""What gunicorn's parser reads of a connection: bytes that have been received, else the socket.

From the socket it reads at a lowest rate, so that no thread waits for a slow client for long. A
body that `BodyReceiver` has received is read from memory alone.
"""

import errno
import time
from collections import deque
from typing import Any

from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]  # it has no types

# A body may take this long, and longer by what it has brought at this rate, which a phone on a
# bad network reaches; in all no longer than the last.
BODY_GRACE_S = 20.0
MIN_BODY_BYTES_PER_S = 20_000
MAX_BODY_S = 300.0
# Smaller pieces of what has arrived are put together.
PIECE_BYTES = 64 * 1024


class ArrivedBytes:
    """Bytes in the order in which they came, let go of as they are taken."""

    def __init__(self) -> None:
        self._pieces: deque[bytes | bytearray] = deque()

    def add(self, data: bytes) -> None:
        """Put `data` after what is there."""
        last = self._pieces[-1] if self._pieces else b""
        if isinstance(last, bytearray) and len(last) + len(data) <= PIECE_BYTES:
            last += data
        elif data:
            self._pieces.append(bytearray(data) if len(data) < PIECE_BYTES // 2 else data)

    def take(self, most: int) -> bytes:
        """The first bytes, `most` at most and possibly fewer; b"" where there are none."""
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        if len(piece) > most:
            self._pieces.appendleft(piece[most:])
        return bytes(piece[:most])

    def take_all(self) -> bytes:
        """All that is there."""
        pieces, self._pieces = self._pieces, deque()
        return b"".join(pieces)


class TimedReader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads a connection's socket, with a deadline that moves with what arrives.

    Args:
        sock: the connection's.
        grace_s: a request's body may take so long,
        min_bytes_per_s: and longer by what it has brought at this rate.

    Attributes:
        arrived: what was received without this; read first.
        is_received: whether nothing else is read, as the body has been received to its end.
        is_waited_for: whether the client waits for `100 Continue` before it sends the body.
    """

    def __init__(
        self,
        sock: Any,
        grace_s: float = BODY_GRACE_S,
        min_bytes_per_s: float = MIN_BODY_BYTES_PER_S,
    ) -> None:
        super().__init__(sock)
        self._grace_s = grace_s
        self._min_bytes_per_s = min_bytes_per_s
        self._started_s = time.monotonic()
        self._received = 0
        self.deadline_s: float | None = None
        self.arrived = ArrivedBytes()
        self.is_received = False
        self.is_waited_for = False

    def begin(self) -> None:
        """A request begins."""
        self._started_s = time.monotonic()
        self._received = 0
        self.deadline_s = None
        self.is_received = False
        self.is_waited_for = False

    def take_left(self) -> bytes:
        """What has been received and not read: of the next request."""
        left: bytes = self.take_buffered()
        return left + self.arrived.take_all()

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What has arrived, or b"" at the end.

        Raises:
            TimeoutError: nothing, or too little, arrived in time.
        """
        data = self.arrived.take(min(max(size_hint or 0, self.mxchunk), PIECE_BYTES))
        if data or self.is_received:
            return data
        self.go_on()
        allowed_s = self._grace_s + self._received / self._min_bytes_per_s
        until_s = self.deadline_s or self._started_s + min(allowed_s, MAX_BODY_S)
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise too_slow()
        self.sock.settimeout(left_s)
        try:
            received: bytes = super().chunk(size_hint)
        except TimeoutError as error:
            raise too_slow() from error
        finally:
            self.sock.settimeout(None)
        self._received += len(received)
        return received

    def go_on(self) -> None:
        """Tell a client that waits for it to send the body."""
        if self.is_waited_for:
            self.is_waited_for = False
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def too_slow() -> TimeoutError:
    """What is raised where a client keeps a thread waiting.

    By its number gunicorn takes it for a client that went away, not for an error to log.
    """
    return TimeoutError(errno.ECONNRESET, "the client is too slow")
