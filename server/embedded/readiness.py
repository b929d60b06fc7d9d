"""Whether the server takes requests: not before its models are there, and not while it drains."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from server.embedded.errors import ServingError


class Admission:
    """Lets requests in until the server drains, and knows how many are inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self.is_draining = False

    @contextmanager
    def request(self, *, was_let_in: bool = False) -> Iterator[None]:
        """The block is a request in flight.

        Args:
            was_let_in: it arrived before the draining began, and only now gets to run.

        Raises:
            ServingError: UNAVAILABLE, the server is draining.
        """
        with self._changed:
            if self.is_draining and not was_let_in:
                raise refusal()
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


def refusal() -> ServingError:
    """What callers are told while the server drains."""
    return ServingError(grpc.StatusCode.UNAVAILABLE, "the server is shutting down")
