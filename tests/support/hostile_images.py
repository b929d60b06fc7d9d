"""Image files that cost far more than their size or their pixels let one think."""

import lzma
import struct
import zlib

from PIL import Image

from tests.support.image_files import as_file, colored

_END_OF_JPEG = b"\xff\xd9"


def jpeg_of_empty_scans(scans: int, size_wh: tuple[int, int]) -> bytes:
    """A progressive grey JPEG, each scan of which says that all blocks stay as they are."""
    width, height = size_wh
    blocks = -(-width // 8) * -(-height // 8)
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"
    one_code = bytes([1, *([0] * 15)])
    # 32,766 blocks end with the same 15 bits, which begin with the only code.
    bits = ("0" + "1" * 13 + "0") * -(-blocks // 32_766)
    bits += "1" * (-len(bits) % 8)
    coded = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    scan = _segment(0xDA, b"\1\1\0\1\x3f\0") + coded
    return (
        b"\xff\xd8"
        + _segment(0xDB, bytes([0, *([1] * 64)]))
        + _segment(0xC2, frame)
        + _segment(0xC4, b"\0" + one_code + b"\0")
        + _segment(0xC4, b"\x10" + one_code + b"\xe0")
        + _segment(0xDA, b"\1\1\0\0\0\0")
        + bytes(-(-blocks // 8))
        + scan * scans
        + _END_OF_JPEG
    )


def jpeg_with(inserted: bytes, *, at_end: bool = False) -> bytes:
    """A small JPEG with something behind its first marker, or before its last."""
    data = as_file(colored(), "JPEG")
    place = len(data) - 2 if at_end else 2
    return data[:place] + inserted + data[place:]


def png_with(name: bytes, content: bytes, count: int) -> bytes:
    """A small PNG with many chunks before its pixels."""
    data = as_file(colored(), "PNG")
    return data[:33] + _chunk(name, content) * count + data[33:]


def png_in_pieces(empty: int) -> bytes:
    """A small PNG with so many empty chunks among its pixels."""
    data = as_file(colored(), "PNG")
    start = data.index(b"IDAT") - 4
    (length,) = struct.unpack_from(">I", data, start)
    pixels, rest = data[start + 8 : start + 8 + length], data[start + 12 + length :]
    first, second = _chunk(b"IDAT", pixels[:10]), _chunk(b"IDAT", pixels[10:])
    return data[:start] + first + _chunk(b"IDAT", b"") * empty + second + rest


def gif_with(blocks: bytes) -> bytes:
    """A small GIF with something before its first image."""
    data = as_file(Image.new("P", (8, 8)), "GIF")
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    return data[:place] + blocks + data[place:]


def bmp_in_runs(runs: bytes, size_wh: tuple[int, int]) -> bytes:
    """A bitmap of 8 bits a pixel, with these run-lengths."""
    palette = bytes(4 * 256)
    start = 14 + 40 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, *size_wh, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + info + palette + runs


def tiff_of_strips(
    count: int, compression: int, strip: bytes, *, width: int = 1, said_bytes: int | None = None
) -> bytes:
    """A grey TIFF of one row a strip, all of which lie on the same bytes."""
    offsets = 8 + len(strip)
    sizes = offsets + 4 * count
    tags = [
        (256, width), (257, count), (258, 8), (259, compression), (262, 1), (277, 1), (278, 1),
    ]  # fmt: skip
    entries = [(tag, 4, 1, value) for tag, value in tags]
    said = said_bytes or len(strip)
    entries += [
        (273, 4, count, 8 if count == 1 else offsets),
        (279, 4, count, said if count == 1 else sizes),
    ]
    entries.sort()
    return (
        b"II*\0"
        + struct.pack("<I", sizes + 4 * count)
        + strip
        + struct.pack("<I", 8) * count
        + struct.pack("<I", said) * count
        + struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *each) for each in entries)
        + bytes(4)
    )


def tiff_of_slow_strips(count: int = 160_000) -> bytes:
    """A TIFF of one pixel a strip, for each of which a decompressor is started."""
    return tiff_of_strips(count, 8, zlib.compress(b"a"))


def tiff_of_large_dictionary(mebibytes: int) -> bytes:
    """A TIFF of one strip, whose decompressor is told to take so much memory."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": mebibytes << 20}]
    return tiff_of_strips(1, 34925, lzma.compress(b"a", filters=filters))


class _Bits:
    """Bits, the lowest of each byte first."""

    def __init__(self) -> None:
        self.value = self.count = 0
        self.parts = bytearray()

    def add(self, value: int, count: int) -> None:
        self.value |= value << self.count
        self.count += count
        while self.count >= 8:
            self.parts.append(self.value & 255)
            self.value >>= 8
            self.count -= 8


def webp_of_many_tables(side_px: int) -> bytes:
    """A lossless WebP (RFC 9649, 3) whose every 4x4 block has five tables of its own."""
    bits = _Bits()
    for value, count in ((0x2F, 8), (side_px - 1, 14), (side_px - 1, 14), (0, 4), (0, 2)):
        bits.add(value, count)
    # Which group of tables a block has: an image of blocks, each with a number of 16 bits.
    for value, count in ((1, 1), (0, 3), (0, 1)):
        bits.add(value, count)
    for symbols in (280, 256):
        # Codes of 8 bits for 0 to 255, told in lengths that are 0 or 8.
        bits.add(0, 1)
        bits.add(12 - 4, 4)
        for place in range(12):
            bits.add(int(place in (2, 11)), 3)
        bits.add(0, 1)
        for symbol in range(symbols):
            bits.add(int(symbol < 256), 1)
    one_symbol = (0b0001, 4)
    for _ in range(3):
        bits.add(*one_symbol)
    groups = (side_px // 4) ** 2
    for number in range(groups):
        for byte in (number & 255, number >> 8):
            bits.add(int(f"{byte:08b}"[::-1], 2), 8)
    for _ in range(5 * groups):
        bits.add(*one_symbol)
    bits.add(0, 16 + (8 * len(bits.parts) % 16))
    content = bytes(bits.parts)
    body = b"WEBPVP8L" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum
