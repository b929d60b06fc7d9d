"""How many predictions each caller may ask for in a minute, over all worker processes.

A caller's minute begins with its first prediction; what it may ask for is whole again when it is
over. The counts lie in one small file that the processes share, so that the number of workers
changes nothing; they begin anew when the gateway is started.
"""

import fcntl
import hashlib
import math
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple

from client_api.errors import TooManyRequests

# The table's name in the folder that the processes of a run share.
RATE_LIMIT_TABLE = "quotas"
MINUTE_S = 60.0
# A row of the table is looked through for each prediction; in all there is room for 8192 callers
# at a time, in 256 KiB. Where a row is full, who asked for least is forgotten.
ROWS = 1024
ROW_PLACES = 8
SALT_BYTES = 16
# Of whom, since when, and how many.
_PLACE = struct.Struct("<16sdQ")
_TABLE_BYTES = SALT_BYTES + ROWS * ROW_PLACES * _PLACE.size
# A network gives each of its members so many bits of an IPv6 address to choose from.
_MEMBER_BITS = 64


class _Count(NamedTuple):
    caller: bytes
    since_s: float
    taken: int


class RateLimit:
    """Counts the predictions of each caller.

    Args:
        per_minute: that each may ask for.
        path: of the table that processes share, which `prepare` made; None for a table of this
            process alone.
        clock: seconds that only rise, the same for all processes.
    """

    def __init__(
        self,
        per_minute: int,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
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
        """Make an empty table at `path`, where nothing is yet."""
        with path.open("xb") as file:
            file.write(os.urandom(SALT_BYTES))
            file.truncate(_TABLE_BYTES)

    def count(self, caller: str) -> None:
        """Count one more prediction.

        Args:
            caller: who asks for it.

        Raises:
            TooManyRequests: it asked for as many as it may; this one is not counted.
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
                if count.taken < self._per_minute:
                    _PLACE.pack_into(self._table, offset, digest, count.since_s, count.taken + 1)
                    return
            finally:
                if self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        left_s = max(1, math.ceil(count.since_s + MINUTE_S - now_s))
        raise TooManyRequests(
            f"the limit of {self._per_minute} predictions a minute is reached; try again in "
            f"{left_s} s",
            left_s,
        )

    def _find(self, digest: bytes, now_s: float) -> tuple[int, _Count]:
        """Where the caller's count is, or will be, and the count."""
        row = int.from_bytes(digest[:4], "little") % ROWS
        worths: list[tuple[int, float, int]] = []
        for place in range(ROW_PLACES):
            offset = SALT_BYTES + (row * ROW_PLACES + place) * _PLACE.size
            count = _Count(*_PLACE.unpack_from(self._table, offset))
            # A place that nobody took yet is over, too.
            is_over = not count.since_s <= now_s < count.since_s + MINUTE_S
            if count.caller == digest and not is_over:
                return offset, count
            worths.append((0 if is_over else count.taken, count.since_s, offset))
        return min(worths)[2], _Count(digest, now_s, 0)


def caller_at(address: str) -> str:
    """Whom an address counts for: of version 6, everyone in the same network of 64 bits.

    Example:
        >>> caller_at("2001:db8::1"), caller_at("192.0.2.7"), caller_at("::ffff:192.0.2.7")
        ('2001:db8::', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        # As what listens on an IPv6 socket sees those of version 4, which share all but 32 bits.
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> _MEMBER_BITS << _MEMBER_BITS))
