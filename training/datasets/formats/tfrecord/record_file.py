"""TFRecord files: length, its checksum, data, its checksum, again and again.

Source: tensorflow/core/lib/io/record_writer.h.
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.datasets.defects import DatasetError
from training.datasets.formats.tfrecord.crc32c import masked_crc32c

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")


def read_records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each record: where its data begins in the file, and the data.

    Raises:
        DatasetError: the file cannot be read, is no TFRecord file, or was cut short or changed;
            names the record.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            number = 0
            while header := file.read(_HEADER.size):
                number += 1
                where = f"{path}, record {number}"
                if len(header) < _HEADER.size:
                    raise DatasetError(f"{where}: cut short")
                length, checksum = _HEADER.unpack(header)
                if masked_crc32c(header[:8]) != checksum:
                    raise DatasetError(f"{where}: the length's checksum is wrong")
                offset = file.tell()
                if length + _FOOTER.size > size - offset:
                    raise DatasetError(f"{where}: {length} bytes are announced, but the file ends")
                data = file.read(length)
                (checksum,) = _FOOTER.unpack(file.read(_FOOTER.size))
                if masked_crc32c(data) != checksum:
                    raise DatasetError(f"{where}: the data's checksum is wrong")
                yield offset, data
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
