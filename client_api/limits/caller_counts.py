"""How often each caller did something within a while, over all worker processes.

The counts lie in one small file that the processes share, so that the number of workers changes
nothing; they begin anew when the gateway is started. A row of the table is looked through each
time; in all there is room for 8192 callers at a time, in 256 KiB. Where a row is full, who did
least is forgotten.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# The tables' names in the folder that the processes of a run share.
QUOTAS_TABLE, WRONG_KEYS_TABLE, KNOWN_KEYS_TABLE = TABLES = ("quotas", "wrong-keys", "known-keys")
ROWS = 1024
ROW_PLACES = 8
SALT_BYTES = 16
# Of whom, since when, and how many.
_PLACE = struct.Struct("<16sdQ")
_TABLE_BYTES = SALT_BYTES + ROWS * ROW_PLACES * _PLACE.size


class Count(NamedTuple):
    """What a caller did.

    Attributes:
        caller: a digest of who.
        since_s: when the while began, on the clock.
        taken: how often since.
    """

    caller: bytes
    since_s: float
    taken: int


class CallerCounts:
    """A table of counts.

    Args:
        window_s: how long a count holds, from a caller's first time.
        path: of the table that processes share, which `prepare` made; None for a table of this
            process alone.
        clock: seconds that only rise, the same for all processes.
    """

    def __init__(
        self,
        window_s: float,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._window_s = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CLOEXEC)
        if self._file is None:
            self._table = mmap.mmap(-1, _TABLE_BYTES)
            self._table[:SALT_BYTES] = os.urandom(SALT_BYTES)
        else:
            self._table = mmap.mmap(self._file, _TABLE_BYTES)

    @staticmethod
    def prepare(path: Path) -> None:
        """Make an empty table at `path`, where nothing is yet.

        All of it is written, since a place without room on the disk would end who touches it.
        """
        with path.open("xb") as file:
            file.write(os.urandom(SALT_BYTES))
            file.write(bytes(_TABLE_BYTES - SALT_BYTES))

    def count(self, caller: str, most: int) -> tuple[int, float]:
        """Count once more, where the caller did it less than `most` times.

        Returns:
            How often before, and for how many seconds that still holds.
        """
        digest = hashlib.blake2b(
            caller.encode(errors="replace"), key=self._table[:SALT_BYTES], digest_size=16
        ).digest()
        # While no other thread and no other process counts.
        with self._lock:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                now_s = self._clock()
                offset, count = self._find(digest, now_s)
                if count.taken < most:
                    _PLACE.pack_into(self._table, offset, digest, count.since_s, count.taken + 1)
            finally:
                if self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        return count.taken, count.since_s + self._window_s - now_s

    def look(self, caller: str) -> tuple[int, float]:
        """As `count`, without counting."""
        return self.count(caller, 0)

    def _find(self, digest: bytes, now_s: float) -> tuple[int, Count]:
        """Where the caller's count is, or will be, and the count."""
        row = int.from_bytes(digest[:4], "little") % ROWS
        worths: list[tuple[int, float, int]] = []
        for place in range(ROW_PLACES):
            offset = SALT_BYTES + (row * ROW_PLACES + place) * _PLACE.size
            count = Count(*_PLACE.unpack_from(self._table, offset))
            # A place that nobody took yet is over, too.
            is_over = not count.since_s <= now_s < count.since_s + self._window_s
            if count.caller == digest and not is_over:
                return offset, count
            worths.append((0 if is_over else count.taken, count.since_s, offset))
        return min(worths)[2], Count(digest, now_s, 0)
