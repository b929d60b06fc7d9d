"""How much memory the bodies of requests, and answers that are not taken in yet, may take.

Nothing of them is written to a disk. A process counts each byte when it arrives, and what a body is
decoded to before that is done; what has no room waits a little, and is refused.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from client_api.errors import TooBusy

# Of an application's extensions.
BODY_MEMORY = "boxwright.body_memory"
# How long what needs more waits for it.
WAIT_S = 2.0
FULL = "there is no room for more uploads now; try again soon"


class BodyMemory:
    """Counts bytes against a limit.

    Args:
        max_bytes: the limit of this process.
        wait_s: how long `room` waits.
    """

    def __init__(self, max_bytes: int, wait_s: float = WAIT_S) -> None:
        self.max_bytes = max_bytes
        self._wait_s = wait_s
        self._taken = 0
        self._wanted = 0
        self._changed = threading.Condition()

    @property
    def taken_bytes(self) -> int:
        """How much is taken now."""
        return self._taken

    @property
    def wanted_bytes(self) -> int:
        """How much is being waited for."""
        return self._wanted

    def take(self, byte_count: int) -> bool:
        """Take so much, where there is room for it; whether there was."""
        with self._changed:
            if self._taken + byte_count > self.max_bytes:
                return False
            self._taken += byte_count
            return True

    def add(self, byte_count: int) -> None:
        """Take so much that is there already, whatever the limit."""
        with self._changed:
            self._taken += byte_count

    def give_back(self, byte_count: int) -> None:
        """Give back what was taken."""
        with self._changed:
            self._taken -= byte_count
            self._changed.notify_all()

    @contextmanager
    def room(self, byte_count: int) -> Iterator[None]:
        """While so much is taken.

        Raises:
            TooBusy: it did not become free in time.
        """
        with self._changed:
            self._wanted += byte_count
            try:
                is_there = self._changed.wait_for(
                    lambda: self._taken + byte_count <= self.max_bytes, self._wait_s
                )
            finally:
                self._wanted -= byte_count
            if not is_there:
                raise TooBusy(FULL)
            self._taken += byte_count
        try:
            yield
        finally:
            self.give_back(byte_count)
