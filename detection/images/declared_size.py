"""How large an image is by the first bytes of its file, for limits that come before any cost.

Pillow copies a whole WebP file, and the comments of a JPEG, PNG or GIF, before it knows.

Source: ITU-T T.81, B.1 and B.2.2; PNG, 11.2.2; GIF89a, 18; RFC 9649 (WebP), 2.5 to 2.7; RFC 6386
(VP8), 9.1.
"""

import struct
from itertools import islice

from detection.images.jpeg_segments import FRAME_MARKERS, START, jpeg_segments

# Of a JPEG before its frame header; comments of 65 kB each make 65 MB of a thousand.
_MOST_SEGMENTS = 10_000
_VP8_START = b"\x9d\x01\x2a"
_VP8L_START = b"\x2f"


def declared_size(data: bytes) -> tuple[int, int] | None:
    r"""Width and height, as stored; None where a decoder has to tell.

    Example:
        >>> declared_size(b"GIF89a\x40\0\x20\0\0\0\0")
        (64, 32)
    """
    try:
        if data.startswith(START):
            return _jpeg_size(data)
        if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data[:4] == b"GIF8":
            width, height = struct.unpack_from("<HH", data, 6)
            return width, height
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except (struct.error, ValueError):
        return None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    for segment in islice(jpeg_segments(data), _MOST_SEGMENTS):
        if segment.marker in FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", data, segment.start + 5)
            return width, height
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if chunk == b"VP8L" and data[20:21] == _VP8L_START:
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and data[23:26] == _VP8_START:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
