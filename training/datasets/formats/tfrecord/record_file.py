"""TFRecord files: length, its checksum, data, its checksum, again and again.

Source: tensorflow/core/lib/io/record_writer.h.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO

from training.datasets.archives.unpacking import (
    copy_at_most,
    inflated,
    most_bytes,
    temporary_folder,
)
from training.datasets.defects import DatasetError
from training.datasets.formats.tfrecord.crc32c import masked_crc32c

# The largest image that is read has 268 MB as a BMP; its masks are PNGs.
MAX_RECORD_BYTES = 1 << 30
_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
# As the tutorials, Roboflow, Kaggle and TensorFlow Datasets call them.
_NAME = re.compile(r"\.(record|rec|tfrecord|tfrec)s?(-[^.]*)?(\.gz|\.gzip|\.zlib)?$", re.IGNORECASE)
_SHARD = re.compile(r"-(\d{3,})-of-(\d{3,})(\.\w+)?$")
MOST_SHARDS = 10_000
_GZIP = b"\x1f\x8b\x08"
# zlib's second byte, by its level.
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True, slots=True)
class NumberedRecord:
    """A record: its number from 1, where its data begins in the file, and the data."""

    number: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that cannot be read: its number from 1, and why."""

    number: int
    message: str


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
    if len(beginning) < _HEADER.size:
        return False
    return _is_header(beginning[: _HEADER.size])


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
    header = beginning + file.read(_HEADER.size - len(beginning))
    return len(header) == _HEADER.size and _is_header(header)


def _is_header(header: bytes) -> bool:
    checksum: int = _HEADER.unpack(header)[1]
    return masked_crc32c(header[:8]) == checksum


def read_records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each record of a file that is not compressed: where its data begins, and the data.

    Raises:
        DatasetError: the file cannot be read, is no TFRecord file, or was cut short or changed;
            names the record.
    """
    for record in numbered_records(path):
        if isinstance(record, BadRecord):
            raise DatasetError(f"{path}, record {record.number}: {record.message}")
        yield record.offset, record.data


def numbered_records(path: Path) -> Iterator["NumberedRecord | BadRecord"]:
    """Each record, or what is wrong with it.

    After one whose data was changed the rest is read; after one whose length was, nothing is.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            number = 0
            while header := file.read(_HEADER.size):
                number += 1
                try:
                    length = _checked_length(header, size - file.tell())
                except ValueError as error:
                    yield BadRecord(number, str(error))
                    return
                offset = file.tell()
                data = file.read(length)
                (checksum,) = _FOOTER.unpack(file.read(_FOOTER.size))
                if masked_crc32c(data) == checksum:
                    yield NumberedRecord(number, offset, data)
                else:
                    yield BadRecord(number, "the data's checksum is wrong")
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Write a file that `read_records` and TensorFlow read.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("wb") as file:
        for data in records:
            length = struct.pack("<Q", len(data))
            file.write(length + _FOOTER.pack(masked_crc32c(length)))
            file.write(data)
            file.write(_FOOTER.pack(masked_crc32c(data)))


def _checked_length(header: bytes, left: int) -> int:
    """The length of a record's data, of which `left` bytes of the file may be."""
    if len(header) < _HEADER.size:
        raise ValueError("cut short")
    length, checksum = _HEADER.unpack(header)
    if masked_crc32c(header[:8]) != checksum:
        raise ValueError("the length's checksum is wrong")
    if length + _FOOTER.size > left:
        raise ValueError(f"{length} bytes are announced, but the file ends")
    if length > MAX_RECORD_BYTES:
        raise ValueError(f"{length} bytes, more than the {MAX_RECORD_BYTES} that are taken")
    return int(length)
