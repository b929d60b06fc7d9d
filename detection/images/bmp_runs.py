"""Bitmaps in run-lengths, which Pillow undoes in Python, a run at a time.

Source: Microsoft, "Bitmap Compression" (BI_RLE8, BI_RLE4).
"""

import struct

from detection.images.errors import UnreadableImage

_RUN_LENGTHS = (1, 2)
_HEADER = struct.Struct("<IiiHHI")
_HEADER_PLACE, _SMALLEST = 14, 40
# A run of one pixel is two bytes, and so is the end of a row.
_BYTES_PER_RUN = 2
_SOME_BYTES = 1_024


def is_in_runs(data: bytes) -> bool:
    """Whether it is a bitmap in run-lengths."""
    return _size_of_runs(data) is not None


def check_bmp(data: bytes) -> None:
    """Refuse a bitmap with more runs than its pixels can need.

    Raises:
        UnreadableImage: it is one.
    """
    if (size_wh := _size_of_runs(data)) is None:
        return
    width, height = size_wh
    most = _BYTES_PER_RUN * (width * height + height) + _SOME_BYTES
    (start,) = struct.unpack_from("<I", data, 10)
    if len(data) - start > most:
        raise UnreadableImage(
            f"a BMP image of {width}x{height} pixels in {len(data) - start} bytes of run-lengths "
            f"is not read; it needs {most} at most"
        )


def _size_of_runs(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"BM") or len(data) < _HEADER_PLACE + _SMALLEST:
        return None
    size, width, height, _, _, compression = _HEADER.unpack_from(data, _HEADER_PLACE)
    if size < _SMALLEST or compression not in _RUN_LENGTHS:
        return None
    return abs(width), abs(height)
