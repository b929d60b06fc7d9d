"""Files cut and changed at random: each is read or refused, in one process, with errors of ours."""

import random
import struct
import tracemalloc
import warnings
from collections.abc import Callable

import imagecodecs
import numpy as np
import pytest

from detection.images import ImageError, UnreadableImage, open_image
from tests.detection.images.reading import MAX_PIXELS, colors, ramp, tiff
from tests.support.image_files import as_file, colored

TRIES = 150


def deep_tiff(**options: object) -> bytes:
    return tiff((colors() * 65535).astype(np.uint16), photometric="rgb", **options)


FILES: dict[str, Callable[[], bytes]] = {
    "HEIC": lambda: as_file(colored(), "HEIC"),
    "HEIC with alpha": lambda: as_file(colored().convert("RGBA"), "HEIC"),
    "AVIF": lambda: as_file(colored(), "AVIF"),
    "AVIF with alpha": lambda: as_file(colored().convert("RGBA"), "AVIF"),
    "TIFF": deep_tiff,
    "TIFF in tiles": lambda: deep_tiff(tile=(16, 32)),
    "BigTIFF": lambda: deep_tiff(bigtiff=True, byteorder=">"),
    "TIFF, LZW": lambda: deep_tiff(compression="lzw", predictor=True, rowsperstrip=4),
    "TIFF, deflate": lambda: deep_tiff(compression="deflate", tile=(16, 16)),
    "TIFF, zstd": lambda: deep_tiff(compression="zstd"),
    "TIFF, PackBits": lambda: deep_tiff(compression="packbits"),
    "TIFF, floats": lambda: tiff(ramp().astype(np.float32), compression="lzw", predictor=True),
    "TIFF, 12 bits": lambda: tiff((ramp() * 4095).astype(np.uint16), bitspersample=12),
    "TIFF, palette": lambda: tiff(
        (ramp() * 255).astype(np.uint8), photometric="palette", colormap=np.zeros((3, 256), "u2")
    ),
    "TIFF, JPEG": lambda: tiff(
        (colors() * 255).astype(np.uint8), compression="jpeg", photometric="ycbcr"
    ),
    "PNG of 16 bits": lambda: bytes(imagecodecs.png_encode((colors() * 65535).astype(np.uint16))),
    "progressive JPEG": lambda: as_file(colored(), "JPEG", progressive=True),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    whole, chance = FILES[name](), random.Random(name)
    for attempt in range(TRIES):
        data = bytearray(whole)
        if attempt % 4 == 0:
            del data[chance.randrange(len(data)) :]
        for _ in range(chance.choice((1, 2, 16)) if data and attempt % 4 else 0):
            place = chance.randrange(min(len(data), chance.choice((64, 300, len(data)))))
            data[place] = chance.choice((0, 255, chance.randrange(256)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = open_image(bytes(data), max_pixels=MAX_PIXELS).decode(
                    accept_truncated=attempt % 2 == 0
                )
            except ImageError:
                continue
        assert image.pixels.mode == "RGB"
        assert 0 < image.width * image.height <= MAX_PIXELS


def test_tiles_without_a_size_are_refused() -> None:
    data = bytearray(deep_tiff(tile=(16, 32)))
    place = data.index((322).to_bytes(2, "little") + b"\x04\0")
    data[place + 8 : place + 12] = bytes(4)
    with pytest.raises(UnreadableImage, match="strips or tiles without a size"):
        open_image(bytes(data), max_pixels=MAX_PIXELS)


def test_more_strips_than_an_image_needs_are_refused() -> None:
    data = tiff(np.zeros((260_000, 1), np.uint8), rowsperstrip=1)
    with pytest.raises(UnreadableImage, match="has 260000 strips or tiles; at most 250000"):
        open_image(data, max_pixels=MAX_PIXELS).decode()


def tags_that_point_at_everything(size: int) -> bytes:
    """A directory of a thousand tags, each of which is the whole file."""
    entries = b"".join(struct.pack("<HHII", 33_000 + tag, 1, size, 0) for tag in range(1_000))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 1_000) + entries + bytes(4)


def test_tags_that_hold_more_than_the_file_are_refused_before_they_are_copied() -> None:
    data = tags_that_point_at_everything(2_000_000).ljust(2_000_000, b"\0")
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage):
            open_image(data, max_pixels=MAX_PIXELS)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_exif_that_holds_more_than_the_file_counts_as_none() -> None:
    exif = tags_that_point_at_everything(500_000).ljust(500_000, b"\0")
    data = as_file(colored(), "WEBP", exif=exif)
    tracemalloc.start()
    try:
        assert open_image(data, max_pixels=MAX_PIXELS).size_wh == (48, 32)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8" + b"\xff\xd0" * 2_000_000, b"\xff\xd8" + b"\xff\xfe\0\2" * 200_000,
     b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"abCd" + bytes(4)) * 400_000],
)  # fmt: skip
def test_millions_of_segments_are_given_up_soon(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage):
            open_image(data, max_pixels=MAX_PIXELS)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
