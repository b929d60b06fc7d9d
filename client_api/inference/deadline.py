"""Until when a model server may take for one request."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from client_api.errors import PredictionTimeout
from detection.images import DecodedImage


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

    def not_counting(self, images: Iterable[DecodedImage]) -> Iterator[DecodedImage]:
        """The same images, with the deadline put off by the time that decoding them takes."""
        iterator = iter(images)
        while True:
            with self.paused():
                image = next(iterator, None)
            if image is None:
                return
            yield image

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Put the deadline off by the time that is spent inside."""
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._at_s += time.monotonic() - started_s
