"""Reads a request's body at a lowest rate, so that no thread waits for a slow client for long."""

import errno
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]  # it has no types

# A body may take this long, and longer by what it has brought at this rate, which a phone on a
# bad network reaches.
BODY_GRACE_S = 20.0
MIN_BODY_BYTES_PER_S = 20_000
# How long a client may take over taking an answer in.
SEND_TIMEOUT_S = 30.0


class TimedReader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads a connection's socket, with a deadline that moves with what arrives.

    Args:
        sock: the connection's.
        grace_s: a request's body may take so long,
        min_bytes_per_s: and longer by what it has brought at this rate.
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
        # Whether the client waits for `100 Continue` before it sends the body.
        self.is_waited_for = False

    def begin(self) -> None:
        """A request begins."""
        self._started_s = time.monotonic()
        self._received = 0
        self.deadline_s = None
        self.is_waited_for = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What has arrived, or b"" at the end.

        Raises:
            TimeoutError: nothing, or too little, arrived in time.
        """
        allowed_s = self._grace_s + self._received / self._min_bytes_per_s
        until_s = self.deadline_s or self._started_s + allowed_s
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise too_slow()
        self.sock.settimeout(left_s)
        try:
            if self.is_waited_for:
                self.is_waited_for = False
                self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            data: bytes = super().chunk(size_hint)
        except TimeoutError as error:
            raise too_slow() from error
        finally:
            self.sock.settimeout(SEND_TIMEOUT_S)
        self._received += len(data)
        return data


def too_slow() -> TimeoutError:
    """What is raised where a client keeps a thread waiting.

    By its number gunicorn takes it for a client that went away, not for an error to log.
    """
    return TimeoutError(errno.ECONNRESET, "the client is too slow")
