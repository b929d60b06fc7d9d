"""The chunks of a PNG file: its metadata left out, and its rows counted (PNG, third edition)."""

import struct
import zlib
from dataclasses import dataclass

from detection.images.errors import UnreadableImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What the pixels need, and EXIF, whose orientation counts.
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf")
# Where the sub-images of Adam7 begin and how far their pixels lie apart: x, y, dx, dy (PNG, 8.1).
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
# 20 MB of pixels in chunks of 200 bytes; each costs a microsecond.
MOST_CHUNKS = 100_000
# Pillow takes some microseconds for each, and unpacks up to 1 MB of a color profile, however many
# there are: what has more than programs write is given to it without what is not needed.
_FEW_METADATA, _FEW_OF_PIXELS = 100, 5_000
_SAMPLES_OF_COLOR_TYPE = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@dataclass(frozen=True)
class Chunk:
    """A chunk: its name, and where its bytes lie, from its length to its checksum.

    Args:
        name: of four letters.
        start: of its length.
        end: behind its checksum; behind the file's end where it is cut.
    """

    name: bytes
    start: int
    end: int


@dataclass(frozen=True)
class PngHeader:
    """The image header, IHDR."""

    width: int
    height: int
    bits: int
    color_type: int
    interlaced: bool

    @property
    def pixel_bits(self) -> int:
        """Of one pixel."""
        return self.bits * _SAMPLES_OF_COLOR_TYPE.get(self.color_type, 0)

    def row_bytes(self, width: int) -> int:
        """Of a row of so many pixels, with the byte that names its filter."""
        return 1 + -(-width * self.pixel_bits // 8)


def read_png_header(data: bytes) -> PngHeader | None:
    """The header; None where the file does not begin with it."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 29:
        return None
    width, height, bits, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    return PngHeader(width, height, bits, color_type, bool(interlaced))


def png_chunks(data: bytes) -> list[Chunk]:
    """The chunks up to IEND or the file's end; the last may be cut.

    Raises:
        ValueError: there are more than any image has.
    """
    chunks: list[Chunk] = []
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        name = data[position + 4 : position + 8]
        if len(chunks) == MOST_CHUNKS:
            raise ValueError(f"more than {MOST_CHUNKS} chunks")
        chunks.append(Chunk(name, position, position + length + 12))
        position += length + 12
        if name == b"IEND":
            break
    return chunks


def check_png(data: bytes) -> None:
    """Refuse a file of more chunks than any image has.

    Raises:
        UnreadableImage: it is one.
    """
    try:
        png_chunks(data)
    except ValueError as error:
        raise UnreadableImage(
            f"a PNG image of {len(data)} bytes in {error} is not read; save it anew"
        ) from error


def lean_png(data: bytes) -> bytes:
    """The same image; without metadata, and its pixels in one chunk, where there are many."""
    chunks = png_chunks(data)
    pixels = [each for each in chunks if each.name == b"IDAT"]
    others = [each for each in chunks if each.name not in _NEEDED]
    profiles = sum(1 for each in others if each.name == b"iCCP")
    if len(others) <= _FEW_METADATA and profiles <= 1 and len(pixels) <= _FEW_OF_PIXELS:
        return data
    if len(pixels) <= _FEW_OF_PIXELS or pixels[-1].end > len(data):
        return without_metadata(data)
    needed = [each for each in chunks if each.name in _NEEDED]
    first, last = needed.index(pixels[0]), needed.index(pixels[-1])
    joined = b"".join(data[each.start + 8 : each.end - 4] for each in pixels)
    before = b"".join(data[each.start : each.end] for each in needed[:first])
    after = b"".join(data[each.start : each.end] for each in needed[last + 1 :])
    return SIGNATURE + before + _chunk(b"IDAT", joined) + after


def without_metadata(data: bytes) -> bytes:
    """The same image without texts, color profiles, further frames and the like."""
    kept = [each for each in png_chunks(data) if each.name in _NEEDED]
    return SIGNATURE + b"".join(data[each.start : each.end] for each in kept)


@dataclass(frozen=True)
class CutPng:
    """A PNG file that ends too early.

    Attributes:
        rows: that are whole; None of an interlaced image.
        expected_bytes: of all rows.
        pixels: the bytes of the rows that are there, filters included.
        before: the chunks that are needed before the pixels.
    """

    rows: int | None
    expected_bytes: int
    pixels: bytes
    before: bytes

    def completed(self) -> bytes:
        """A whole file, in which what is missing is 0."""
        body = zlib.compress(self.pixels + bytes(self.expected_bytes - len(self.pixels)), 1)
        return SIGNATURE + self.before + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def find_cut_png(data: bytes) -> CutPng | None:
    """What there is of a file that ends before its last row; None where it does not, or is empty.

    The header has been found to be within the limits: memory is taken for all pixels.
    """
    header = read_png_header(data)
    if header is None or not header.pixel_bits:
        return None
    chunks = png_chunks(data)
    stream = b"".join(
        data[each.start + 8 : min(each.end - 4, len(data))]
        for each in chunks
        if each.name == b"IDAT"
    )
    expected = _expected_bytes(header)
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(stream, expected)
    except zlib.error:
        return None
    row = header.row_bytes(header.width)
    if len(pixels) >= expected or unpacking.eof or len(pixels) < row:
        return None
    rows = None if header.interlaced else len(pixels) // row
    if rows is not None:
        pixels = pixels[: rows * row]
    before = b"".join(
        data[each.start : each.end]
        for each in chunks
        if each.name in _NEEDED and each.name not in (b"IDAT", b"IEND") and each.end <= len(data)
    )
    return CutPng(rows, expected, pixels, before)


def _expected_bytes(header: PngHeader) -> int:
    if not header.interlaced:
        return header.row_bytes(header.width) * header.height
    total = 0
    for x, y, dx, dy in _ADAM7:
        across, down = -(-(header.width - x) // dx), -(-(header.height - y) // dy)
        total += header.row_bytes(across) * down if across > 0 and down > 0 else 0
    return total


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum
