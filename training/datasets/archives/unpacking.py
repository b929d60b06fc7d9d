"""A temporary folder for what has to be unpacked before it can be read; it goes with the process.

Bytes are counted while they are unpacked: a file of 1 MB can hold 1 GB of zeros.
"""

import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from training.datasets.defects import DatasetError

CHUNK_BYTES = 1 << 20
# Images are compressed already; only annotations shrink, to a tenth or so.
MOST_TIMES_LARGER = 20
ALWAYS_TAKEN_BYTES = 256 << 20
# What is left free for everybody else on the disk.
FREE_SHARE = 0.5


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    # Kept for the life of the process; its finalizer removes the folder at the end.
    return tempfile.TemporaryDirectory(prefix="boxwright-unpacked-")


def temporary_folder() -> Path:
    """A new empty folder, removed when this process ends."""
    return Path(tempfile.mkdtemp(dir=_folder().name))


def is_temporary(path: Path) -> bool:
    """Whether a place is in what was unpacked here, where nothing may lead out of."""
    return _folder.cache_info().currsize > 0 and path.is_relative_to(_folder().name)


def is_file(path: Path) -> bool:
    """Whether there is a file; what is too long for a path, or holds a NUL, is none."""
    # Path's own raises an error for these.
    return os.path.isfile(path)  # noqa: PTH113


def printable(name: str) -> str:
    r"""A file's name with the bytes that are no UTF-8 as `\xb5`, as a screen can show it.

    Example:
        >>> printable(b"K\xe4se.jpg".decode("utf-8", "surrogateescape"))
        'K\\xe4se.jpg'
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def most_bytes(packed: int) -> int:
    """How many bytes something may unpack to.

    Args:
        packed: its size, in bytes.
    """
    free = int(shutil.disk_usage(_folder().name).free * FREE_SHARE)
    return min(max(packed * MOST_TIMES_LARGER, ALWAYS_TAKEN_BYTES), free)


def copy_at_most(chunks: Iterator[bytes], target: BinaryIO, most: int, name: str) -> int:
    """Write chunks to a file, up to a bound; how many bytes there were.

    Raises:
        DatasetError: there is more; nothing above the bound is written.
    """
    written = 0
    for chunk in chunks:
        written += len(chunk)
        if written > most:
            raise DatasetError(
                f"{name}: unpacks to more than the {most >> 20} MB allowed; "
                "unpack it by hand and name the folder"
            )
        target.write(chunk)
    return written


def inflated(read: Callable[[int], bytes], name: str) -> Iterator[bytes]:
    """What gzip or zlib has compressed, in chunks of at most `CHUNK_BYTES`; several members too.

    Args:
        read: gives the next so many compressed bytes.
        name: of the file, for messages.

    Raises:
        DatasetError: it is damaged or cut short.
    """
    # 32: gzip's or zlib's header, whichever there is.
    automatic = zlib.MAX_WBITS | 32
    engine = zlib.decompressobj(automatic)
    rest = read(CHUNK_BYTES)
    try:
        while rest:
            if engine.eof:
                rest = rest.lstrip(b"\0")
                if not rest:
                    rest = read(CHUNK_BYTES)
                    continue
                engine = zlib.decompressobj(automatic)
            data = engine.decompress(rest, CHUNK_BYTES)
            if data:
                yield data
            rest = engine.unused_data if engine.eof else engine.unconsumed_tail
            rest = rest or read(CHUNK_BYTES)
        while not engine.eof and (data := engine.decompress(b"", CHUNK_BYTES)):
            yield data
    except zlib.error as error:
        raise DatasetError(f"{name}: damaged: {error}") from error
    if not engine.eof:
        raise DatasetError(f"{name}: the compressed data is cut short")
