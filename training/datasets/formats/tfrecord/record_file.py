"""Files of records: how they are called, their shards, and those that are compressed."""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO

from tfrecord.records import HEADER_BYTES, BadRecord, Record, is_header, scan_records
from training.datasets.archives.unpacking import (
    copy_at_most,
    inflated,
    most_bytes,
    temporary_folder,
)
from training.datasets.defects import DatasetError

# The largest image that is read has 268 MB as a BMP; its masks are PNGs.
MAX_RECORD_BYTES = 1 << 30
# As the tutorials, Roboflow, Kaggle and TensorFlow Datasets call them.
_NAME = re.compile(r"\.(record|rec|tfrecord|tfrec)s?(-[^.]*)?(\.gz|\.gzip|\.zlib)?$", re.IGNORECASE)
_SHARD = re.compile(r"-(\d{3,})-of-(\d{3,})(\.\w+)?$")
MOST_SHARDS = 10_000
_GZIP = b"\x1f\x8b\x08"
# zlib's second byte, by its level.
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def is_named_so(path: PurePath) -> bool:
    """Whether a file is called as TFRecord files are.

    Example:
        >>> is_named_so(Path("train.record-00000-of-00010")), is_named_so(Path("train.txt"))
        (True, False)
    """
    return _NAME.search(path.name) is not None


def missing_shards(paths: Iterable[Path]) -> list[Path]:
    """Files that the names of others announce, and that are not among them.

    Example:
        >>> missing_shards([Path("d/train.record-00000-of-00002")])
        [PosixPath('d/train.record-00001-of-00002')]
    """
    there = set(paths)
    missing: dict[Path, None] = {}
    for path in sorted(there):
        found = _SHARD.search(path.name)
        if found is None:
            continue
        width, total = len(found[1]), int(found[2])
        # A number that is no number of files is part of a name.
        for number in range(total if total <= MOST_SHARDS else 0):
            shard = f"-{number:0{width}}-of-{found[2]}{found[3] or ''}"
            name = path.with_name(path.name[: found.start()] + shard)
            if name not in there:
                missing[name] = None
    return list(missing)


def begins_with_a_record(path: Path) -> bool:
    """Whether a file's first bytes are a record's length and its checksum, compressed or not."""
    try:
        with path.open("rb") as file:
            beginning = file.read(256)
        if beginning.startswith((_GZIP, *_ZLIB)):
            # Little of the beginning is whole; what there is of it comes before the error.
            beginning = next(inflated(BytesIO(beginning).read, str(path)), b"")
    except (OSError, DatasetError):
        return False
    if len(beginning) < HEADER_BYTES:
        return False
    return is_header(beginning[:HEADER_BYTES])


def plain_file(path: Path) -> Path:
    """The file itself, or where it is compressed with gzip or zlib, a temporary unpacked copy.

    Raises:
        DatasetError: it cannot be read, is damaged, or unpacks to more than is taken.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_GZIP))
            if not beginning.startswith((_GZIP, *_ZLIB)) or _is_plain(beginning, file):
                return path
            file.seek(0)
            target = temporary_folder() / path.name
            with target.open("wb") as unpacked:
                most = most_bytes(path.stat().st_size)
                copy_at_most(inflated(file.read, str(path)), unpacked, most, str(path))
    except OSError as error:
        raise DatasetError(f"{error.filename or path}: {error.strerror}") from error
    return target


def _is_plain(beginning: bytes, file: BinaryIO) -> bool:
    """A record of 376, 24184, ... bytes begins like zlib's data."""
    header = beginning + file.read(HEADER_BYTES - len(beginning))
    return len(header) == HEADER_BYTES and is_header(header)


def numbered_records(path: Path) -> Iterator[Record | BadRecord]:
    """Each record of a file that is not compressed, or what is wrong with it.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        yield from scan_records(path, MAX_RECORD_BYTES)
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
