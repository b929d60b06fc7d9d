"""Files that cost far more than they look: refused by their structure, or read without it."""

import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from detection.images import ImageError, open_image, read_image
from detection.images.file_cost import is_costly
from detection.images.tiff_directory import read_directory
from tests.detection.images.reading import tiff
from tests.support import hostile_images as hostile
from tests.support.image_files import as_file, block_colors, colored

MAX_PIXELS = 50_000_000
COMMENT = b"\xff\xfe\0\2"
EXIF = b"\xff\xe1\0\x0aExif\0\0ab"

# Of each: what makes it, and what of it is said.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "JPEG, 1,000 empty scans": (
        lambda: hostile.jpeg_of_empty_scans(1_000, (4000, 3000)), "in 1001 scans"),
    "JPEG, 300 empty scans of 49 megapixels": (
        lambda: hostile.jpeg_of_empty_scans(300, (7000, 7000)), "its blocks 230[0-9]{6} times"),
    "JPEG, a million scans of one block": (
        lambda: hostile.jpeg_of_empty_scans(1_000_000, (8, 8)), "in 1001 scans or more"),
    "JPEG, fill bytes among its pixels": (
        lambda: hostile.jpeg_with(b"\xff" * 4_000_000, at_end=True), "1024 fill bytes or more"),
    "JPEG, comments": (
        lambda: hostile.jpeg_with(COMMENT * 1_000_000), "more than 10000 segments before"),
    "JPEG, EXIF in pieces": (
        lambda: hostile.jpeg_with(EXIF * 300_000), "more than 10000 segments before"),
    "JPEG, restart markers": (
        lambda: hostile.jpeg_with(b"\xff\xd0" * 2_000_000), "more than 10000 segments before"),
    "PNG, chunks": (lambda: hostile.png_with(b"abCd", b"", 400_000), "more than 100000 chunks"),
    "PNG, pixels in pieces": (lambda: hostile.png_in_pieces(400_000), "more than 100000 chunks"),
    "GIF, a comment in pieces": (
        lambda: hostile.gif_with(b"\x21\xfe" + b"\1a" * 2_000_000 + b"\0"), "more than 100000"),
    "GIF, comments": (lambda: hostile.gif_with(b"\x21\xfe\1a\0" * 900_000), "more than 100000"),
    "GIF, zeros": (lambda: hostile.gif_with(bytes(4_000_000)), "more than 100000 blocks"),
    "BMP, ends of rows": (
        lambda: hostile.bmp_in_runs(bytes(4_000_000), (64, 64)), "it needs 9344 at most"),
    "BMP, moves to where it is": (
        lambda: hostile.bmp_in_runs(b"\0\2\0\0" * 1_000_000, (64, 64)), "it needs 9344 at most"),
    "TIFF, strips on the same bytes": (
        lambda: hostile.tiff_of_strips(1_000, 5, bytes(2_000_000)), "2000000000 bytes of strips"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_a_structure_that_costs_much_is_refused_at_once(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    make, said = REFUSED[name]
    data = make()
    started_s = time.process_time()
    with pytest.raises(ImageError, match=said):
        open_image(data, max_pixels=MAX_PIXELS)
    took_s = time.process_time() - started_s
    record_property("refused", f"{len(data)} bytes in {took_s:.3f} s")
    # Decoders take from 0.5 to 30 s for each.
    assert took_s < 2


@pytest.mark.parametrize("name", ["JPEG, comments", "PNG, chunks", "GIF, comments"])
def test_such_a_file_takes_little_memory(name: str) -> None:
    data = REFUSED[name][0]()
    tracemalloc.start()
    try:
        with pytest.raises(ImageError):
            open_image(data, max_pixels=MAX_PIXELS)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


READ: dict[str, Callable[[], bytes]] = {
    "JPEG, fill bytes before its first segment": lambda: hostile.jpeg_with(b"\xff" * 4_000_000),
    "JPEG, zeros before its first segment": lambda: hostile.jpeg_with(bytes(1_000_000)),
    "JPEG, 9,000 comments": lambda: hostile.jpeg_with(COMMENT * 9_000),
    "JPEG, 9,000 pieces of EXIF": lambda: hostile.jpeg_with(EXIF * 9_000),
    "PNG, 90,000 texts": lambda: hostile.png_with(b"tEXt", b"a\0b", 90_000),
    "PNG, pixels in 90,000 pieces": lambda: hostile.png_in_pieces(90_000),
    "PNG, 5,000 color profiles of 1 MB": lambda: hostile.png_with(
        b"iCCP", b"a\0\0" + zlib.compress(bytes(1_000_000), 9), 5_000
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_not_needed_of_a_file_costs_little(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    data = READ[name]()
    started_s = time.process_time()
    pixels = read_image(data, max_pixels=MAX_PIXELS).pixels
    took_s = time.process_time() - started_s
    record_property("read", f"{len(data)} bytes in {took_s:.3f} s")
    assert took_s < 2
    assert np.abs(block_colors(pixels) - block_colors(colored())).max() < 30


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_progressive_images_as_encoders_write_them_are_read_in_the_same_process(
    subsampling: int,
) -> None:
    noise = Image.effect_noise((1200, 800), 60).convert("RGB")
    data = as_file(noise, "JPEG", progressive=True, subsampling=subsampling)
    assert not is_costly(data)
    with Image.open(BytesIO(data)) as expected:
        found = read_image(data, max_pixels=MAX_PIXELS).pixels
        assert np.array_equal(np.asarray(found), np.asarray(expected))


def test_a_hundred_scans_are_read() -> None:
    data = hostile.jpeg_of_empty_scans(99, (4000, 3000))
    assert not is_costly(data)
    assert read_image(data, max_pixels=MAX_PIXELS).pixels.size == (4000, 3000)


def test_a_tiff_that_does_not_say_how_long_its_strips_are_is_read() -> None:
    samples = (np.arange(64 * 50) % 251).astype(np.uint8).reshape(64, 50)
    data = bytearray(tiff(samples, compression="deflate", rowsperstrip=8))
    [entry] = [each for each in read_directory(bytes(data)).entries if each.tag == 279]
    place = data.index(struct.pack("<HHI", 279, entry.kind, entry.values))
    # Its tag gets a number that nobody reads.
    data[place : place + 2] = struct.pack("<H", 60_000)
    found = read_image(bytes(data), max_pixels=MAX_PIXELS).pixels
    assert np.array_equal(np.asarray(found)[..., 0], samples)


COSTLY: dict[str, Callable[[], bytes]] = {
    "AVIF": lambda: as_file(colored(), "AVIF"),
    "HEIC": lambda: as_file(colored(), "HEIC"),
    "BMP in run-lengths": lambda: hostile.bmp_in_runs(b"\1\0", (1, 1)),
    "TIFF in many strips": hostile.tiff_of_slow_strips,
    "TIFF, compressed": lambda: tiff(np.zeros((9, 9), np.uint8), compression="lzw"),
    "WebP of many tables": lambda: hostile.webp_of_many_tables(1024),
    "JPEG in 140 scans": lambda: hostile.jpeg_of_empty_scans(140, (7000, 7000)),
}
ORDINARY: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: as_file(colored(), "JPEG", progressive=True),
    "PNG": lambda: as_file(colored(), "PNG"),
    "GIF": lambda: as_file(colored(), "GIF"),
    "BMP": lambda: as_file(colored(), "BMP"),
    "WebP": lambda: as_file(Image.effect_noise((640, 480), 60), "WEBP"),
    "TIFF": lambda: as_file(colored(), "TIFF"),
    "none": lambda: b"",
}


@pytest.mark.parametrize("name", COSTLY)
def test_what_only_a_clock_bounds_is_costly(name: str) -> None:
    assert is_costly(COSTLY[name]())


@pytest.mark.parametrize("name", ORDINARY)
def test_what_its_bytes_and_pixels_bound_is_not(name: str) -> None:
    assert not is_costly(ORDINARY[name]())
