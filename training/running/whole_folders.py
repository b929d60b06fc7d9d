"""Folders that are there whole or not at all, and that say when a file of theirs has changed."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.running.errors import CheckpointError

# What a writer that was killed leaves behind begins so; nobody reads it.
UNFINISHED = ".unfinished-"
STATE_FILE = "state.json"


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the place of `folder` in one step at the block's end.

    All files are on the disk before that; after an error, nothing is left. `seal` its state last.

    Args:
        folder: does not exist yet, but its parent does.
    """
    unfinished = folder.parent / f"{UNFINISHED}{folder.name}-{uuid.uuid4().hex[:8]}"
    unfinished.mkdir()
    try:
        yield unfinished
        for path in unfinished.iterdir():
            _to_disk(path)
        _to_disk(unfinished)
        unfinished.rename(folder)
        _to_disk(folder.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def remove_unfinished(parent: Path) -> list[str]:
    """Remove what killed writers left; gives the names."""
    left = sorted(path for path in parent.glob(f"{UNFINISHED}*") if path.is_dir())
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in left]


def remove_folder(folder: Path) -> None:
    """Remove a whole folder: first it is none any more, then its files go."""
    doomed = folder.parent / f"{UNFINISHED}{folder.name}-{uuid.uuid4().hex[:8]}"
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def seal(folder: Path, state: dict[str, Any]) -> None:
    """Write the state of a folder, with size and sum of each of its files."""
    files = {path.name: _sum_of(path) for path in sorted(folder.iterdir())}
    text = json.dumps({**state, "files": files}, indent=1)
    (folder / STATE_FILE).write_text(text, "utf-8")


def read_sealed(folder: Path) -> dict[str, Any]:
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
                    f"{folder / name} is not as it was written: {recorded['bytes']} bytes, "
                    f"sha256 {recorded['sha256'][:12]}… then, {found['bytes']} bytes, "
                    f"{found['sha256'][:12]}… now"
                )
    except OSError as error:
        raise CheckpointError(f"{error.filename or path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path} is no checkpoint's state: {error!r}") from error
    return state


def point_to(link: Path, folder: Path) -> None:
    """Make `link` lead to `folder` beside or below it, in one step, whatever it led to."""
    fresh = link.parent / f"{UNFINISHED}{link.name}-{uuid.uuid4().hex[:8]}"
    fresh.symlink_to(os.path.relpath(folder, link.parent))
    fresh.replace(link)
    _to_disk(link.parent)


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
