"""Whether the server takes requests: not before its models are there, and not while it drains."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Admission:
    """Lets requests in until the server drains, and knows how many are inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self.is_draining = False

    @contextmanager
    def request(self) -> Iterator[None]:
        """The block is a request in flight, which was let in when it arrived."""
        with self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def drain(self, timeout_s: float) -> int:
        """Let nobody in any more, and wait for those inside.

        Returns:
            How many were still inside after `timeout_s`.
        """
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self.is_draining = True
            while self._inside and (left_s := deadline_s - time.monotonic()) > 0:
                self._changed.wait(left_s)
            return self._inside
