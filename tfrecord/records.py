"""Reads and writes records: length, its checksum, data, its checksum, again and again.

Source: tensorflow/core/lib/io/record_writer.h.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tfrecord.checksum import masked_crc32c

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
HEADER_BYTES = _HEADER.size


class CorruptRecord(ValueError):
    """The file is no TFRecord file, or was cut short or changed."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record.

    Attributes:
        number: from 1.
        offset: where its data begins in the file, in bytes.
        data: what it holds.
    """

    number: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that cannot be read.

    Attributes:
        number: from 1.
        offset: where the record begins in the file, in bytes.
        message: what is wrong with it.
    """

    number: int
    offset: int
    message: str


def is_header(data: bytes) -> bool:
    """Whether `data`, of `HEADER_BYTES`, is a record's length and its checksum."""
    checksum: int = _HEADER.unpack(data)[1]
    return masked_crc32c(data[:8]) == checksum


def scan_records(path: Path, max_record_bytes: int | None = None) -> Iterator[Record | BadRecord]:
    """Each record of a file that is not compressed, or what is wrong with it.

    After one whose data was changed the rest is read; after one whose length was, nothing is.

    Args:
        path: of the file.
        max_record_bytes: longer data is refused before it is read; None takes what the file has.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        number = 0
        while header := file.read(HEADER_BYTES):
            number += 1
            start = file.tell() - len(header)
            try:
                length = _checked_length(header, size - file.tell(), max_record_bytes)
            except CorruptRecord as error:
                yield BadRecord(number, start, str(error))
                return
            offset = file.tell()
            data = file.read(length)
            (checksum,) = _FOOTER.unpack(file.read(_FOOTER.size))
            if masked_crc32c(data) == checksum:
                yield Record(number, offset, data)
            else:
                yield BadRecord(number, start, "the data's checksum is wrong")


def read_records(path: Path) -> Iterator[bytes]:
    """The data of each record of a file that is not compressed.

    Raises:
        OSError: the file cannot be read.
        CorruptRecord: one is no record; the message has its place in the file.
    """
    for record in scan_records(path):
        if isinstance(record, BadRecord):
            raise CorruptRecord(f"{path}, record at byte {record.offset}: {record.message}")
        yield record.data


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


def _checked_length(header: bytes, left: int, max_record_bytes: int | None) -> int:
    """The length of a record's data, of which `left` bytes of the file may be."""
    if len(header) < HEADER_BYTES:
        raise CorruptRecord("cut short")
    if not is_header(header):
        raise CorruptRecord("the length's checksum is wrong")
    length: int = _HEADER.unpack(header)[0]
    if length + _FOOTER.size > left:
        raise CorruptRecord(f"{length} bytes are announced, but the file ends")
    if max_record_bytes is not None and length > max_record_bytes:
        raise CorruptRecord(f"{length} bytes, more than the {max_record_bytes} that are taken")
    return length
