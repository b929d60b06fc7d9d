"""Until when a model server may take for one request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from client_api.errors import PredictionTimeout


class Deadline:
    """Until when the model server may take for one request; what the gateway does is not counted.

    Args:
        timeout_s: how long from now.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._at_s = time.monotonic() + timeout_s

    def remaining_s(self) -> float:
        """The seconds left.

        Raises:
            PredictionTimeout: there are none.
        """
        left_s = self._at_s - time.monotonic()
        if left_s <= 0:
            raise PredictionTimeout(
                f"the model server took longer than the {self._timeout_s:g} s given"
            )
        return left_s

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Put the deadline off by the time that is spent inside."""
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._at_s += time.monotonic() - started_s
