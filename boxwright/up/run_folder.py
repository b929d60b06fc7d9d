"""The temporary folder of a run of `boxwright up`; those of runs that were killed are removed.

A run holds a lock on a file in its folder, and so do the programs that it started, which may
outlive it for a moment. The system lets go of the lock however they end.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PREFIX = "boxwright-up-"
LOCK_NAME = "lock"


class RunFolder(NamedTuple):
    """A folder that nobody else on this machine may look into.

    Attributes:
        path: of the folder, which is removed at the end.
        lock: the open file that keeps it; programs that use the folder inherit it.
    """

    path: Path
    lock: int


@contextmanager
def run_folder() -> Iterator[RunFolder]:
    """A new one for as long as the block lasts; those of runs that are over are removed first.

    Raises:
        OSError: it cannot be made.
    """
    parent = Path(tempfile.gettempdir())
    for left in _left_behind(parent):
        shutil.rmtree(left, ignore_errors=True)
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    # Under its name only when it is locked, or another start would take it for left behind.
    new = path / f".{LOCK_NAME}"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        new.rename(path / LOCK_NAME)
        yield RunFolder(path, lock)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _left_behind(parent: Path) -> list[Path]:
    """Folders of this user's runs whose processes have all ended."""
    try:
        found = sorted(parent.glob(f"{PREFIX}*"))
    except OSError:
        return []
    return [folder for folder in found if _is_own_folder(folder) and _is_over(folder)]


def _is_own_folder(folder: Path) -> bool:
    try:
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid()


def _is_over(folder: Path) -> bool:
    """Whether nobody holds its lock; a folder without one is not ours to judge."""
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
