"""Returns freed memory to the operating system after large requests.

The allocator of the C library keeps freed memory for later, in an arena for each thread that
allocated at the same time as others: after a burst of requests of 100 MB each it kept gigabytes
for good. `malloc_trim` returns free pages, but of arenas other than the first not those at their
end, so there is one arena here. Its lock is held for fractions of a microsecond, and most of what
Python and the engines allocate does not reach it.
"""

import ctypes
import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Of malloc.h.
M_ARENA_MAX = -8
# Operators may choose otherwise.
ARENAS_VARIABLE = "MALLOC_ARENA_MAX"
# Ordinary requests are not counted: their memory is taken again by the next one, and to give some
# back takes milliseconds in which nobody else allocates.
SMALL_BYTES = 2 * 1024 * 1024
# Larger messages of fewer bytes in all leave too little behind to look for it.
TRIM_AFTER_BYTES = 8 * 1024 * 1024
# Requests that follow one another would only take again what is given back between them.
QUIET_S = 0.5
# Under load without a pause, memory is given back this often all the same.
LONGEST_WAIT_S = 5.0


class MemoryTrimmer:
    """Counts bytes of messages, and calls `trim` in a thread of its own once they are many.

    So it does after a model was unloaded.

    Args:
        trim: gives memory back; takes milliseconds for each gigabyte.
        collect: frees what an unloaded model's objects hold in cycles; Python's own collection
            came by after ten models or so.
        small_bytes: messages of up to so many bytes are not counted.
        after_bytes: how many bytes of messages have to have passed.
        quiet_s: how long none may have passed.
        longest_wait_s: after so long it is done without such a pause.
    """

    def __init__(
        self,
        trim: Callable[[], None],
        collect: Callable[[], object] = gc.collect,
        *,
        small_bytes: int = SMALL_BYTES,
        after_bytes: int = TRIM_AFTER_BYTES,
        quiet_s: float = QUIET_S,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self._trim = trim
        self._collect = collect
        self._has_unloaded = False
        self._small_bytes = small_bytes
        self._after_bytes = after_bytes
        self._quiet_s = quiet_s
        self._longest_wait_s = longest_wait_s
        self._bytes = 0
        self._requests = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="memory-trimmer", daemon=True)
        self._thread.start()

    def count_message(self, size: int) -> None:
        """Count a message of `size` bytes that was received or sent."""
        if size <= self._small_bytes:
            return
        with self._changed:
            self._bytes += size
            if self._bytes >= self._after_bytes:
                self._changed.notify()

    def count_unload(self) -> None:
        """Note that a model was unloaded, which held more than any message."""
        with self._changed:
            self._has_unloaded = True
            self._changed.notify()

    @contextmanager
    def request(self) -> Iterator[None]:
        """The block computes a response, and holds memory until it ends."""
        with self._changed:
            self._requests += 1
        try:
            yield
        finally:
            with self._changed:
                self._requests -= 1

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._many_bytes_passed():
            self._wait_for_a_pause()
            self._collect_unloaded()
            self._trim()
            # Responses that were being sent are free only now.
            self._is_closed_within(self._longest_wait_s)
            self._trim()

    def _many_bytes_passed(self) -> bool:
        """Wait for them, or for a model that was unloaded; False once this is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._has_unloaded or self._bytes >= self._after_bytes
            )
            return not self._closed

    def _collect_unloaded(self) -> None:
        with self._changed:
            has_unloaded, self._has_unloaded = self._has_unloaded, False
        if has_unloaded:
            self._collect()

    def _wait_for_a_pause(self) -> None:
        """Return when no request is computed and none comes, or it has taken too long."""
        seen = -1
        until_s = time.monotonic() + self._longest_wait_s
        while (seen != self._bytes or self._requests) and time.monotonic() < until_s:
            seen = self._bytes
            if self._is_closed_within(self._quiet_s):
                return
        with self._changed:
            if not self._requests:
                self._bytes = 0

    def _is_closed_within(self, wait_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, wait_s)


def trim_allocator() -> None:
    """Return the free pages of the C library's allocator; nothing where it is not glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))


def use_one_arena() -> None:
    """Make all threads that start from now on share one arena; nothing where it is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and ARENAS_VARIABLE not in os.environ:
        mallopt(M_ARENA_MAX, 1)
