"""Files that are parsed again only when they were written anew."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Parsed = TypeVar("Parsed")


class FileCache(Generic[Parsed]):
    """What was parsed of files, kept until a file's date, size or place on the disk changes.

    Thread-safe. A model that is removed leaves what was parsed of it: a few kilobytes.

    Args:
        parse: reads a file that is there; what it raises is the caller's, and the file is read
            anew the next time.
    """

    def __init__(self, parse: Callable[[Path], Parsed]) -> None:
        self._parse = parse
        self._lock = threading.Lock()
        self._parsed: dict[Path, tuple[tuple[int, int, int], Parsed]] = {}

    def get(self, path: Path) -> Parsed | None:
        """What is in the file; None where there is none, or none any more."""
        try:
            stat = path.stat()
        except (OSError, ValueError):
            return None
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        with self._lock:
            known = self._parsed.get(path)
        if known is None or known[0] != stamp:
            try:
                known = (stamp, self._parse(path))
            except FileNotFoundError:
                return None
            with self._lock:
                self._parsed[path] = known
        return known[1]
