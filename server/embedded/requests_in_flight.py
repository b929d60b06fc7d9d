"""Counts the requests in flight, and says while the server drains that it takes no more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class RequestsInFlight:
    """The requests that are being answered, on any transport."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self.is_draining = False

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count the block as one request in flight."""
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def drain(self, timeout_s: float) -> int:
        """Take no more requests, and wait for those in flight.

        Returns:
            How many are still in flight after `timeout_s`.
        """
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self.is_draining = True
            while self._count and (left_s := deadline_s - time.monotonic()) > 0:
                self._changed.wait(left_s)
            return self._count
