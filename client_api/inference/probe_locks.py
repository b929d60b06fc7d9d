"""Locks that let one thread of all processes probe a model at a time."""

import contextlib
import fcntl
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# How often it is looked whether another process is done.
POLL_S = 0.02
# The locked files lie among what was found out: one for each name, and never more than these.
MOST_FILES = 64


class ProbeLocks:
    """Locks by model name. Thread-safe, and safe among processes that share the folder.

    The kernel unlocks the file of a process that dies. Where no file can be made, the threads of
    a process still take it one at a time.

    Args:
        folder: shared by the processes; None for one process alone.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._never = threading.Event()

    @contextmanager
    def held(self, name: str, timeout_s: float) -> Iterator[bool]:
        """Whether the lock is held within the time, until the block ends."""
        until_s = time.monotonic() + timeout_s
        # Not `hash`, which is another one in each process.
        number = sum(name.encode()) % MOST_FILES
        lock = self._locks[number]
        if not lock.acquire(timeout=timeout_s):
            yield False
            return
        try:
            with self._among_processes(number, until_s) as is_held:
                yield is_held
        finally:
            lock.release()

    @contextmanager
    def _among_processes(self, number: int, until_s: float) -> Iterator[bool]:
        descriptor = self._opened(number)
        if descriptor is None:
            yield True
            return
        try:
            while not (is_held := _locked(descriptor)) and time.monotonic() < until_s:
                self._never.wait(POLL_S)
            yield is_held
        finally:
            os.close(descriptor)

    def _opened(self, number: int) -> int | None:
        if self._folder is None:
            return None
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"probing.{number:02}.lock"
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks.
        return True
    return True
