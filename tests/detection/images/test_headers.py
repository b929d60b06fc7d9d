"""What is known of a file before it costs anything: its size, and that it is cut short."""

import io
import random
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import tifffile
from PIL import Image

from detection.images import ImageTooLarge, TruncatedImage, UnreadableImage, open_image
from detection.images.declared_size import declared_size
from tests.detection.images.reading import colors, tiff
from tests.support.image_files import as_file

SIZE, MAX_PIXELS = (150, 90), 13_499
BALLAST = 4_000_000


def plain(file_format: str, **options: object) -> bytes:
    return as_file(Image.new("RGB", SIZE, (9, 90, 200)), file_format, **options)


def before(data: bytes, place: int, ballast: bytes) -> bytes:
    return data[:place] + ballast + data[place:]


def jpeg_with_comments() -> bytes:
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    return before(plain("JPEG"), 2, comment * (BALLAST // len(comment)))


def png_with_text() -> bytes:
    text = b"tEXtkey\0" + b"a" * BALLAST
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return before(plain("PNG"), 33, chunk)


def gif_with_comments() -> bytes:
    data = plain("GIF")
    colors_end = 13 + 3 * (2 << (data[10] & 7))
    blocks = (b"\xff" + b"a" * 255) * (BALLAST // 256)
    return before(data, colors_end, b"\x21\xfe" + blocks + b"\0")


def webp(**options: object) -> bytes:
    """With a chunk behind the image, which decoders pass over."""
    data = plain("WEBP", **options) + b"abcd" + struct.pack("<I", BALLAST) + bytes(BALLAST)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def boxes(file_format: str) -> bytes:
    return plain(file_format) + struct.pack(">I", BALLAST) + b"free" + bytes(BALLAST - 8)


def tagged_tiff() -> bytes:
    samples = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    return tiff(samples, compression="zlib", extratags=[(65_000, 7, BALLAST, bytes(BALLAST), True)])


LARGE: dict[str, Callable[[], bytes]] = {
    "JPEG": jpeg_with_comments,
    "PNG": png_with_text,
    "GIF": gif_with_comments,
    "WebP": webp,
    "WebP, lossless": lambda: webp(lossless=True),
    "WebP, extended": lambda: webp(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    "AVIF": lambda: boxes("AVIF"),
    "HEIC": lambda: boxes("HEIC"),
    "BMP": lambda: plain("BMP") + bytes(BALLAST),
    "TIFF": tagged_tiff,
}


@pytest.mark.parametrize("name", LARGE)
def test_too_many_pixels_are_refused_before_the_file_is_copied(name: str) -> None:
    data = LARGE[name]()
    assert len(data) > BALLAST * 0.9
    tracemalloc.start()
    try:
        with pytest.raises(ImageTooLarge, match="150x90 = 13500 pixels"):
            open_image(data, max_pixels=MAX_PIXELS)
        assert tracemalloc.get_traced_memory()[1] < BALLAST / 4
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WebP", "WebP, lossless", "WebP, extended"])
def test_the_first_bytes_tell_the_size_or_nothing(name: str) -> None:
    data, chance = LARGE[name](), random.Random(name)
    assert declared_size(data) == SIZE
    for length in range(60):
        assert declared_size(data[:length]) in (None, SIZE)
    for _ in range(300):
        broken = bytearray(data[:100])
        broken[chance.randrange(len(broken))] = chance.randrange(256)
        declared_size(bytes(broken))


@pytest.mark.parametrize("options", [{}, {"bigtiff": True, "byteorder": ">"}, {"byteorder": ">"}])
def test_a_tiff_cut_before_its_pixels_is_said_to_be_cut(options: dict[str, object]) -> None:
    whole = tiff((colors() * 255).astype(np.uint8), photometric="rgb", **options)
    with tifffile.TiffFile(io.BytesIO(whole)) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        needed = [page.tags[code] for code in (258, 273, 279)]
    for length in range(16, max(each.valueoffset + each.valuebytecount for each in needed), 3):
        with pytest.raises(TruncatedImage, match=f"of {length} bytes is cut short, or broken: "):
            open_image(whole[:length], max_pixels=MAX_PIXELS)


def test_a_tiff_whose_tags_stand_behind_its_pixels_says_so_of_them() -> None:
    whole = as_file(Image.new("RGB", (64, 48)), "TIFF", compression="tiff_lzw")
    place = int.from_bytes(whole[4:8], "little")
    for cut, missing in (
        (whole[:30], f"its directory would begin at byte {place}"),
        (whole[: place + 2 + 40], "of the 10 tags of its directory 3 are there"),
        (whole[:-1], f"the values of its tag 258 would end at byte {len(whole)}"),
    ):
        with pytest.raises(TruncatedImage, match=missing):
            open_image(cut, max_pixels=MAX_PIXELS)


def test_a_tag_of_millions_of_values_is_refused_before_they_are_numbers() -> None:
    data = bytearray(as_file(Image.new("RGB", (64, 48)), "TIFF") + bytes(4_000_000))
    place = data.index((258).to_bytes(2, "little") + b"\x03\0")
    data[place + 4 : place + 8] = (2_000_000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage, match="tag 258 has 2000000 values; at most 4096 are"):
            open_image(bytes(data), max_pixels=MAX_PIXELS)
        # Its bytes are copied once for the test.
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
    finally:
        tracemalloc.stop()
