"""Reading TFRecord files: length, its checksum, data, its checksum, again and again.

Source: tensorflow/core/lib/io/record_writer.h.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
# Checksums in Python take 0.1 s a megabyte; longer records are framed by their lengths' checksums
# and by the parser of their message alone.
MAX_CHECKED_BYTES = 1 << 20


class CorruptRecord(ValueError):
    """The file is no TFRecord file, or was cut short or changed."""


def read_records(path: Path) -> Iterator[bytes]:
    """The data of each record.

    Raises:
        OSError: the file cannot be read.
        CorruptRecord: with the record's place in the file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while header := file.read(_HEADER.size):
            offset = file.tell() - len(header)
            where = f"{path}, record at byte {offset}"
            if len(header) < _HEADER.size:
                raise CorruptRecord(f"{where}: cut short")
            length, length_checksum = _HEADER.unpack(header)
            if masked_crc32c(header[:8]) != length_checksum:
                raise CorruptRecord(f"{where}: the length's checksum is wrong")
            if length + _FOOTER.size > size - file.tell():
                raise CorruptRecord(f"{where}: {length} bytes are announced, but the file ends")
            data = file.read(length)
            (checksum,) = _FOOTER.unpack(file.read(_FOOTER.size))
            if length <= MAX_CHECKED_BYTES and masked_crc32c(data) != checksum:
                raise CorruptRecord(f"{where}: the data's checksum is wrong")
            yield data


def masked_crc32c(data: bytes) -> int:
    """CRC-32C, rotated and shifted so that a checksum of checksums is a good one too."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _table() -> list[int]:
    """Remainders of each byte by Castagnoli's polynomial, bits reversed."""
    table = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0x82F63B78 if remainder & 1 else 0)
        table.append(remainder)
    return table


_TABLE = _table()
