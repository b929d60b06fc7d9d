"""How much the tags of a directory of TIFF or EXIF hold together, before anything reads them.

Pillow copies the values of every tag at once, wherever they lie: a file of 20 MB with a thousand
tags that all point at the whole of it would take 20 GB.

Source: TIFF 6.0, section 2; the same with 8-byte offsets in BigTIFF.
"""

import struct

_BYTES_OF_TYPE = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8,
    18: 8,
}  # fmt: skip
_BIG_TIFF = 43
# Honest tags lie beside each other; an entry or two may share what they point at.
_MOST_TIMES_FILE = 2
_ALWAYS_ALLOWED = 1_000_000


class ImplausibleDirectory(ValueError):
    """The tags hold far more than the file has."""


def check_directory(data: bytes) -> None:
    """Look at the first directory of a TIFF file, or of EXIF without its `Exif` prefix.

    Raises:
        ImplausibleDirectory: its tags hold more than twice the file's bytes.
        struct.error: it lies outside the file.
    """
    order = "<" if data[:2] == b"II" else ">"
    is_big = _BIG_TIFF in (data[2], data[3])
    (place,) = struct.unpack_from(f"{order}{'Q' if is_big else 'I'}", data, 8 if is_big else 4)
    (entries,) = struct.unpack_from(f"{order}{'Q' if is_big else 'H'}", data, place)
    entry = struct.Struct(f"{order}{'HHQ8x' if is_big else 'HHI4x'}")
    place += 8 if is_big else 2
    most = max(_ALWAYS_ALLOWED, _MOST_TIMES_FILE * len(data))
    total = 0
    for number in range(entries):
        if place + (number + 1) * entry.size > len(data):
            return
        _, kind, count = entry.unpack_from(data, place + number * entry.size)
        total += _BYTES_OF_TYPE.get(kind, 0) * count
        if total > most:
            raise ImplausibleDirectory(f"the tags hold more than {most} bytes")
