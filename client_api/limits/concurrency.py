"""How many predictions run at once, over all workers, and how many wait for a slot.

A prediction is admitted before its images are decoded, so that the memory which decoding takes
is bounded by the number of slots. Large images have slots of their own, of which there are few, and
so do those whose decoding only a clock bounds: who waits for them lends the prediction's slot.
"""

import fcntl
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from client_api.errors import TooBusy

# How long a prediction waits for a slot: as long as a model server may be slow while it loads
# another version.
WAIT_S = 2.0
# How often a waiting prediction looks for a slot that another process gave back.
POLL_S = 0.005
FULL = "too many predictions are running; try again soon"

# An image of more pixels is large. 49 megapixels take 200 to 600 MB while they are decoded and
# drawn, and fit into a file of 160 kB: eight such at once would be 4 GB for 1.3 MB of upload.
LARGE_PIXELS = 12_000_000
LARGE_SLOTS = 2
# The folders of all kinds of slots, where processes share them.
ANY_IMAGE, LARGE_IMAGE, COSTLY_IMAGE = "any", "large", "costly"
FULL_OF_LARGE_IMAGES = (
    f"too many images of more than {LARGE_PIXELS} pixels are being processed; try again soon"
)
FULL_OF_COSTLY_IMAGES = (
    "too many images of formats that take long to decode are being processed; try again soon"
)

Room = Callable[[], AbstractContextManager[object]]


def costly_slots(max_concurrent_predictions: int) -> int:
    """How many images are decoded at once of those whose decoding a clock bounds."""
    return max(2, max_concurrent_predictions // 2)


class Slots(Protocol):
    """Places for predictions, each given to one at a time."""

    def take(self) -> Callable[[], None] | None:
        """Take a place and return what gives it back; None where all are taken."""


class ThreadSlots:
    """Places within one process.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self._semaphore = threading.BoundedSemaphore(count)

    def take(self) -> Callable[[], None] | None:
        """See `Slots`."""
        return self._semaphore.release if self._semaphore.acquire(blocking=False) else None


class FileSlots:
    """Places that several processes share: a locked file each.

    The kernel unlocks the files of a process that dies, so no place is ever lost, and none of the
    processes has to know how many there are.

    Args:
        folder: the same for all processes; made by `prepare`.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.iterdir())

    @staticmethod
    def prepare(folder: Path, count: int) -> None:
        """Make `count` places in `folder`, which must not exist."""
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / f"{number:04}").touch()

    def take(self) -> Callable[[], None] | None:
        """See `Slots`."""
        for path in random.sample(self._paths, len(self._paths)):
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            return lambda: os.close(descriptor)
        return None


class Place:
    """A slot that somebody holds.

    Args:
        take: waits for a slot and returns what gives it back.
    """

    def __init__(self, take: Callable[[], Callable[[], None]]) -> None:
        self._take = take
        self._give_back: Callable[[], None] | None = take()

    def give_back(self) -> None:
        """Leave the slot to others."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """While another may have the slot.

        Raises:
            TooBusy: at the end, none became free in time.
        """
        self.give_back()
        yield
        self._give_back = self._take()


class Queue:
    """Waits for one of some slots, first come first served.

    Args:
        slots: that are waited for.
        wait_s: how long at most.
        full: what is said then.
    """

    def __init__(self, slots: Slots, wait_s: float, full: str) -> None:
        self._slots = slots
        self._wait_s = wait_s
        self._full = full
        self._next_in_line = threading.Lock()
        self._never = threading.Event()

    @contextmanager
    def slot(self) -> Iterator[Place]:
        """While a slot is held.

        Raises:
            TooBusy: none became free in time.
        """
        place = Place(self._wait)
        try:
            yield place
        finally:
            place.give_back()

    def _wait(self) -> Callable[[], None]:
        deadline_s = time.monotonic() + self._wait_s
        # One of those who wait looks for a slot, in the order of their arrival.
        if not self._next_in_line.acquire(timeout=self._wait_s):
            raise TooBusy(self._full)
        try:
            while (give_back := self._slots.take()) is None:
                if time.monotonic() > deadline_s:
                    raise TooBusy(self._full)
                self._never.wait(POLL_S)
        finally:
            self._next_in_line.release()
        return give_back


class ConcurrencyLimit:
    """Lets predictions in, or says that there are too many.

    Args:
        slots: for predictions that run.
        large_slots: for those of them with a large image.
        costly_slots: for images that are decoded in a process of their own.
        max_requests_held: for predictions of this process that run or wait; the process's other
            threads stay free for everything else.
        wait_s: how long a prediction waits for a slot.

    Attributes:
        prediction_slot: held while images are decoded, sent to the model and drawn.
        large_image_slot: within it, held while one of its images, in memory, is a large one.
    """

    def __init__(
        self,
        slots: Slots,
        large_slots: Slots,
        costly_slots: Slots,
        max_requests_held: int,
        wait_s: float = WAIT_S,
    ) -> None:
        # Both raise TooBusy where no slot became free in time.
        self.prediction_slot = Queue(slots, wait_s, FULL).slot
        self.large_image_slot = Queue(large_slots, wait_s, FULL_OF_LARGE_IMAGES).slot
        self._costly_image_slot = Queue(costly_slots, wait_s, FULL_OF_COSTLY_IMAGES).slot
        self._requests = threading.BoundedSemaphore(max_requests_held)

    def rooms(self, place: Place) -> tuple[Room, Room]:
        """For large images and for costly ones, of a prediction that holds `place`."""
        return partial(self.large_image, place), partial(self.costly_image, place)

    @contextmanager
    def costly_image(self, place: Place) -> Iterator[None]:
        """While a costly image is decoded, during which `place` is lent.

        Its own slot is held until the place is taken again, so that no more images are in memory
        than there are slots.

        Raises:
            TooBusy: too many such are being decoded, or there is no place any more.
        """
        with ExitStack() as held, place.lent():
            held.enter_context(self._costly_image_slot())
            yield

    @contextmanager
    def large_image(self, place: Place) -> Iterator[None]:
        """Within it, held while one of its images, in memory, is a large one.

        Raises:
            TooBusy: too many such are being looked at.
        """
        with ExitStack() as held:
            with place.lent():
                held.enter_context(self.large_image_slot())
            yield

    @contextmanager
    def request_slot(self) -> Iterator[None]:
        """From when a prediction's body is there until it is answered.

        Raises:
            TooBusy: as many as are allowed are present already.
        """
        if not self._requests.acquire(blocking=False):
            raise TooBusy("too many predictions are waiting; try again soon")
        try:
            yield
        finally:
            self._requests.release()
