"""Folders that are written atomically, with a checksum of each of their files."""

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from training.loop.errors import CheckpointError

# The prefix of unfinished folders, which a killed writer leaves behind.
UNFINISHED = ".unfinished-"
STATE_FILE = "state.json"


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the place of `folder` in one step at the block's end.

    All files are on the disk before that; after an error, nothing is left. Call `write_state` last.
    Until the end the folder is locked, so that it is not taken for a killed writer's.

    Args:
        folder: does not exist yet, but its parent does.
    """
    unfinished, lock = _begun(folder)
    try:
        yield unfinished
        for path in unfinished.iterdir():
            _to_disk(path)
        _to_disk(unfinished)
        unfinished.rename(folder)
        _to_disk(folder.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        os.close(lock)


def remove_unfinished(parent: Path) -> list[str]:
    """Remove what killed writers left; gives the names. What a living one writes stays."""
    return [path.name for path in sorted(parent.glob(f"{UNFINISHED}*")) if _removed(path)]


def remove_folder(folder: Path) -> None:
    """Remove a whole folder: first it is none any more, then its files go."""
    doomed = _unfinished(folder)
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state of a folder, with size and sum of each of its files."""
    files = {path.name: _sum_of(path) for path in sorted(folder.iterdir())}
    text = json.dumps({**state, "files": files}, indent=1)
    (folder / STATE_FILE).write_text(text, "utf-8")


def read_state(folder: Path) -> dict[str, Any]:
    """The state of a folder all of whose files are as they were written.

    Raises:
        CheckpointError: one is not, or there is no state.
    """
    path = folder / STATE_FILE
    try:
        state: dict[str, Any] = json.loads(path.read_text("utf-8"))
        files = state["files"].items()
        for name, recorded in files:
            found = _sum_of(folder / name)
            if found != recorded:
                raise CheckpointError(
                    f"{folder / name} has changed since it was written: it had {recorded['bytes']} "
                    f"bytes with SHA-256 {recorded['sha256'][:12]}…, and has {found['bytes']} with "
                    f"{found['sha256'][:12]}…"
                )
    except OSError as error:
        raise CheckpointError(f"{error.filename or path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is no checkpoint's state: {error!r}") from error
    return state


def replace_link(link: Path, folder: Path) -> None:
    """Make `link` lead to `folder` beside or below it, in one step, whatever it led to."""
    fresh = _unfinished(link)
    fresh.symlink_to(os.path.relpath(folder, link.parent))
    fresh.replace(link)
    _to_disk(link.parent)


def _unfinished(path: Path) -> Path:
    """Of a name of its own, beside what is to come or to go."""
    return path.parent / f"{UNFINISHED}{path.name}-{uuid.uuid4().hex[:8]}"


def _begun(folder: Path) -> tuple[Path, int]:
    """A new folder, and what holds its lock; the system lets it go however the process ends."""
    while True:
        unfinished = _unfinished(folder)
        unfinished.mkdir()
        # Somebody may sweep it up before it is locked; then it is gone once the lock is free.
        with suppress(FileNotFoundError):
            lock = os.open(unfinished, os.O_RDONLY)
            # Not every file system has locks for folders.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            if unfinished.exists():
                return unfinished, lock
            os.close(lock)


def _removed(unfinished: Path) -> bool:
    """Remove it, unless it is no folder or link, or a living writer holds its lock."""
    if unfinished.is_symlink():
        # Made and used up within a moment, by who has the folder to itself.
        unfinished.unlink(missing_ok=True)
        return True
    try:
        lock = os.open(unfinished, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    except OSError:
        # A file system without locks for folders: the run's own lock keeps others out.
        pass
    shutil.rmtree(unfinished, ignore_errors=True)
    os.close(lock)
    return True


def _sum_of(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
