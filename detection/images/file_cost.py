"""What an image file may cost: refused by its structure, or decoded where it can be ended.

Most of what is read costs no more than so much for a byte and so much for a pixel, whatever the
bytes are. What does not is known by what the file is, and that by a look at its structure.
"""

import struct

from detection.images.bmp_runs import check_bmp, is_in_runs
from detection.images.errors import UnreadableImage
from detection.images.gif_blocks import check_gif
from detection.images.jpeg_cost import check_jpeg, is_costly_jpeg
from detection.images.jpeg_segments import START as JPEG_START
from detection.images.png_chunks import SIGNATURE as PNG_SIGNATURE
from detection.images.png_chunks import check_png, read_png_header
from detection.images.png_deep import is_deep
from detection.images.tiff_directory import ImplausibleDirectory, read_directory

_TIFF_STARTS = (b"II", b"MM")
_COMPRESSION, _STRIP_OFFSETS, _TILE_OFFSETS = 259, 273, 324
_UNCOMPRESSED = 1
# Of strips or tiles, each of which costs some microseconds.
_FEW_SEGMENTS = 4_096
# 20 bits may ask for 5.6 kB of tables: 45 MB.
_SMALL_WEBP_BYTES = 20_000
# Of 16 bits a sample: a tenth of a microsecond each.
_FEW_DEEP_PIXELS = 4_000_000


def check_structure(data: bytes) -> None:
    """Refuse a file that costs far more than any honest one, before a decoder sees it.

    Raises:
        UnreadableImage: it is one.
    """
    if data.startswith(JPEG_START):
        check_jpeg(data)
    elif data.startswith(PNG_SIGNATURE):
        check_png(data)
    elif data.startswith(b"GIF8"):
        check_gif(data)
    elif data.startswith(b"BM"):
        check_bmp(data)


def is_costly(data: bytes) -> bool:
    """Whether nothing but a clock bounds what the file costs, or it costs much for its size.

    So do AVIF and HEIC, whose items may hold any number of frames; TIFF, of which each strip may be
    such a file, or needs a decompressor of its own; bitmaps in run-lengths, undone in Python; JPEG
    in many scans; large PNG of 16 bits, which are decoded twice; and lossless WebP, of which each
    block may have tables of its own.
    """
    if data[4:8] == b"ftyp":
        return True
    if data.startswith(JPEG_START):
        try:
            return is_costly_jpeg(data)
        except UnreadableImage:
            # It is refused before it costs anything.
            return False
    if (png := read_png_header(data)) is not None:
        return is_deep(png) and png.width * png.height > _FEW_DEEP_PIXELS
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return len(data) > _SMALL_WEBP_BYTES and _may_be_lossless(data)
    if data.startswith(_TIFF_STARTS):
        return _is_costly_tiff(data)
    return is_in_runs(data)


def _may_be_lossless(data: bytes) -> bool:
    """Whether the pixels or the transparency of a WebP file are, as far as its chunks say."""
    return data[12:16] != b"VP8 " and (b"VP8L" in data or b"ALPH" in data)


def _is_costly_tiff(data: bytes) -> bool:
    try:
        entries = read_directory(data).entries
    except (ImplausibleDirectory, struct.error):
        return False
    number = struct.Struct("<H" if data[:2] == b"II" else ">H")
    for entry in entries:
        if entry.tag == _COMPRESSION and data[entry.place : entry.place + 2] != number.pack(
            _UNCOMPRESSED
        ):
            return True
        if entry.tag in (_STRIP_OFFSETS, _TILE_OFFSETS) and entry.values > _FEW_SEGMENTS:
            return True
    return False
