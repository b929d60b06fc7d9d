"""libtiff, inside Pillow, as an undoer of compressions alone.

Strips or tiles are given to it as a grey image of 8 bits whose rows are the rows' bytes, so that
what Pillow knows of samples, for some kinds of files, does not matter.
"""

import struct
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

_SHORT, _LONG = 3, 4


class UnpackedRows:
    """The rows of bytes that strips or tiles unpack to, below each other.

    Args:
        parts: the compressed strips or tiles.
        compression: TIFF's number of one that keeps every bit.
        size_wh: bytes of a row, and rows of all parts.
        part_rows: of each part but the last, which may have fewer.
        reversed_bits: the lowest bit of each compressed byte is its first.

    Raises:
        Exception: of Pillow, where they do not unpack to so many rows.
    """

    def __init__(
        self,
        parts: list[bytes],
        compression: int,
        size_wh: tuple[int, int],
        part_rows: int,
        *,
        reversed_bits: bool,
    ) -> None:
        file = _grey_tiff(parts, compression, size_wh, part_rows, reversed_bits=reversed_bits)
        with _GreyTiff(BytesIO(file)) as image:
            image.load()
        self._image = image

    def __call__(self, first: int, last: int) -> npt.NDArray[np.uint8]:
        """Some of the rows: (rows, bytes)."""
        band: npt.NDArray[Any] = np.asarray(self._image.crop((0, first, self._image.width, last)))
        return band


class _GreyTiff(TiffImageFile):
    """Holds bytes, of which there may be more than Pillow's pixels; they are bounded before."""

    def load_prepare(self) -> None:
        """Make room for the image without counting its pixels."""
        ImageFile.load_prepare(self)


def _grey_tiff(
    parts: list[bytes],
    compression: int,
    size_wh: tuple[int, int],
    part_rows: int,
    *,
    reversed_bits: bool,
) -> bytes:
    """A TIFF file of 8-bit grey whose strips are `parts`, compressed as they are."""
    body = bytearray(b"II*\0\0\0\0\0")
    offsets = []
    for part in parts:
        offsets.append(len(body))
        body += part
    body += b"\0" * (len(body) % 2)
    places = []
    for values in (offsets, [len(part) for part in parts]):
        places.append(values[0] if len(values) == 1 else len(body))
        if len(values) > 1:
            body += struct.pack(f"<{len(values)}I", *values)
    entries = [
        (256, _LONG, 1, size_wh[0]), (257, _LONG, 1, size_wh[1]), (258, _SHORT, 1, 8),
        (259, _SHORT, 1, compression), (262, _SHORT, 1, 1),
        (266, _SHORT, 1, 2 if reversed_bits else 1),
        (273, _LONG, len(parts), places[0]), (277, _SHORT, 1, 1), (278, _LONG, 1, part_rows),
        (279, _LONG, len(parts), places[1]),
    ]  # fmt: skip
    body[4:8] = struct.pack("<I", len(body))
    body += struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack("<HHII", tag, kind, count, value)
    return bytes(body + b"\0\0\0\0")
