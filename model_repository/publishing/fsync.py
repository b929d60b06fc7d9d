"""Writes and copies files, and syncs them to the disk before it returns (fsync)."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from model_repository.errors import NotASavedModel, PublishingError

# Read by the users that containers run as, whatever the publisher's umask.
FILE_MODE, FOLDER_MODE = 0o644, 0o755
# What a file system needs beside the files themselves.
SPARE_BYTES = 16_000_000


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file and wait until its bytes are on the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(FILE_MODE)


def replace_text(path: Path, text: str) -> None:
    """Put `text` at `path` in one step: whoever reads it gets all of the old or all of the new."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8"
    ) as new:
        try:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).chmod(FILE_MODE)
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def copy_synced(source: Path, target: Path) -> None:
    """Copy a folder with everything in it to the new folder `target`, links followed.

    Raises:
        NotASavedModel: there is something else than files and folders in it.
        PublishingError: the disk has no room for it.
        OSError: something cannot be read or written.
    """
    free_bytes = shutil.disk_usage(target.parent).free
    if (needed_bytes := size_bytes(source) + SPARE_BYTES) > free_bytes:
        raise PublishingError(
            f"{source} needs {needed_bytes / 1e6:.0f} MB below {target.parent}, and "
            f"{free_bytes / 1e6:.0f} MB are free"
        )
    _copy(source, target)


def size_bytes(folder: Path) -> int:
    """How large the files in `folder` are, together."""
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    target.chmod(FOLDER_MODE)
    for child in sorted(source.iterdir()):
        mode = child.stat().st_mode
        if stat.S_ISDIR(mode):
            _copy(child, target / child.name)
        elif stat.S_ISREG(mode):
            with child.open("rb") as old, (target / child.name).open("xb") as new:
                shutil.copyfileobj(old, new, 1 << 20)
                new.flush()
                os.fsync(new.fileno())
            (target / child.name).chmod(FILE_MODE)
        else:
            raise NotASavedModel(f"{child} is neither a file nor a folder")
    sync_folder(target)
