"""A directory of TIFF or EXIF: where each tag's values lie, and how far they hold together.

Pillow copies the values of every tag at once, wherever they lie: a file of 20 MB with a thousand
tags that all point at the whole of it would take 20 GB.

Source: TIFF 6.0, section 2; the same with 8-byte offsets in BigTIFF.
"""

import struct
from typing import NamedTuple

_BYTES_OF_TYPE = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8,
    18: 8,
}  # fmt: skip
_BIG_TIFF = 43
# As many as TIFF can count; BigTIFF could count more.
_MOST_ENTRIES = 65_535
# Honest tags lie beside each other; an entry or two may share what they point at.
_MOST_TIMES_FILE = 2
_ALWAYS_ALLOWED = 1_000_000


class ImplausibleDirectory(ValueError):
    """The tags hold far more than the file has."""


class Entry(NamedTuple):
    """What a directory says of one tag.

    Attributes:
        tag: its number.
        kind: the type of its values, by TIFF's number.
        values: how many.
        place: of the first one, in the file.
        size: of all of them, in bytes; 0 for a type that is not known.
    """

    tag: int
    kind: int
    values: int
    place: int
    size: int


class Directory(NamedTuple):
    """The first directory of a file, as far as the file has it.

    Attributes:
        place: where it begins, in bytes from the file's start.
        declared: how many tags it says that it has; None where the file ends before it says so.
        entries: those that lie in the file.
    """

    place: int
    declared: int | None
    entries: list[Entry]


def read_directory(data: bytes) -> Directory:
    """Read the first directory of a TIFF file, or of EXIF without its `Exif` prefix.

    Raises:
        ImplausibleDirectory: it says that it has more tags than there are numbers for them.
        struct.error: the file has no whole header.
    """
    order = "<" if data[:2] == b"II" else ">"
    is_big = _BIG_TIFF in data[2:4]
    offset = struct.Struct(f"{order}{'Q' if is_big else 'I'}")
    number = struct.Struct(f"{order}{'Q' if is_big else 'H'}")
    entry = struct.Struct(f"{order}{'HHQ' if is_big else 'HHI'}")
    (place,) = offset.unpack_from(data, 8 if is_big else 4)
    if place + number.size > len(data):
        return Directory(place, None, [])
    (declared,) = number.unpack_from(data, place)
    if declared > _MOST_ENTRIES:
        raise ImplausibleDirectory(f"a directory of {declared} tags")
    start, step = place + number.size, entry.size + offset.size
    entries = []
    for at in range(start, min(start + declared * step, len(data) - step + 1), step):
        tag, kind, count = entry.unpack_from(data, at)
        size, value = _BYTES_OF_TYPE.get(kind, 0) * count, at + entry.size
        if size > offset.size:
            (value,) = offset.unpack_from(data, value)
        entries.append(Entry(tag, kind, count, value, size))
    return Directory(place, declared, entries)


def check_directory(data: bytes) -> None:
    """Look at the first directory of a TIFF file, or of EXIF without its `Exif` prefix.

    Raises:
        ImplausibleDirectory: its tags hold more than twice the file's bytes.
        struct.error: the file has no whole header.
    """
    most = max(_ALWAYS_ALLOWED, _MOST_TIMES_FILE * len(data))
    if sum(each.size for each in read_directory(data).entries) > most:
        raise ImplausibleDirectory(f"the tags hold more than {most} bytes")
