"""HEIC and AVIF: turned once, of any depth, with alpha, of several images, within the limits."""

import struct
import threading
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from detection.images import ImageTooLarge, TruncatedImage, UnreadableImage, read_image
from tests.detection.images.reading import MAX_PIXELS, pixels_of
from tests.support.image_files import COLORS, as_file, block_colors, colored

ORIENTATION = 0x0112


def heic(image: Any, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags.tobytes()


def test_heic_is_read_as_upright_rgb() -> None:
    image = read_image(as_file(colored(), "HEIC"), max_pixels=MAX_PIXELS)
    assert (image.format, image.width, image.height) == ("HEIC", 48, 32)
    assert np.abs(block_colors(image.pixels) - COLORS).max() <= 6
    assert not image.plain_file


def as_other_viewers_turn_it(orientation: int) -> Any:
    """The colors of `colored()` in a JPEG that EXIF turns, by Pillow."""
    data = as_file(colored(), "JPEG", exif=exif(orientation), quality=95, subsampling=0)
    with Image.open(BytesIO(data)) as image:
        return block_colors(ImageOps.exif_transpose(image))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["HEIC", "AVIF"])
def test_what_is_stored_on_its_side_is_turned_once(file_format: str, orientation: int) -> None:
    # Both writers put the orientation into the file's own properties, irot and imir.
    data = as_file(colored(), file_format, exif=exif(orientation), quality=95)
    image = read_image(data, max_pixels=MAX_PIXELS)
    expected = as_other_viewers_turn_it(orientation)
    assert image.width == (32 if orientation > 4 else 48)
    assert np.abs(block_colors(image.pixels) - expected).max() <= 10


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("said_by_exif", [1, 6, 7])
def test_exif_does_not_turn_a_heic_again(said_by_exif: int, orientation: int) -> None:
    data = heic(pillow_heif.from_pillow(colored()), exif=exif(orientation), quality=95)
    [said] = [exif(each) for each in range(1, 9) if exif(each) in data]
    image = read_image(data.replace(said, exif(said_by_exif)), max_pixels=MAX_PIXELS)
    expected = as_other_viewers_turn_it(orientation)
    assert np.abs(block_colors(image.pixels) - expected).max() <= 10


@pytest.mark.parametrize("bits", [10, 12])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_deep_heic_is_scaled_not_clipped(channels: int, bits: int) -> None:
    steps = np.linspace(0, 65535, 64 * 96).reshape(64, 96).astype(np.uint16)
    mode = {1: "I;16", 3: "RGB;16", 4: "RGBA;16"}[channels]
    samples = steps if channels == 1 else np.stack([steps] * channels, axis=-1)
    if channels == 4:
        samples[..., 3] = 65535
    image = pillow_heif.from_bytes(mode, (96, 64), samples.tobytes())
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    try:
        data = heic(image, quality=-1)
    finally:
        pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    assert np.abs(pixels_of(data)[..., 1] - steps / 257).max() <= 4


@pytest.mark.parametrize("file_format", ["HEIC", "AVIF"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_lies_on_white(mode: str, file_format: str) -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 255))
    alpha = np.repeat(np.repeat(np.array([[255, 128], [0, 255]], np.uint8), 32, 0), 32, 1)
    image.putalpha(Image.fromarray(alpha))
    options: dict[str, Any] = {"quality": -1} if file_format == "HEIC" else {"quality": 100}
    seen = pixels_of(as_file(image.convert(mode), file_format, **options))
    assert np.abs(seen[16::32, 16::32, 0] - [[0, 127], [255, 0]]).max() <= 3


@pytest.mark.parametrize("file_format", ["HEIC", "AVIF"])
def test_the_main_image_of_several_counts(file_format: str) -> None:
    others = [Image.new("RGB", (48, 32), "gray"), Image.new("RGB", (48, 32), "pink")]
    if file_format == "AVIF":
        data = as_file(colored(), "AVIF", save_all=True, append_images=others, quality=95)
    else:
        images = pillow_heif.from_pillow(others[0])
        images.add_from_pillow(colored())
        data = heic(images, primary_index=1)
    seen = Image.fromarray(pixels_of(data).astype(np.uint8))
    assert np.abs(block_colors(seen) - COLORS).max() <= 8


def test_an_avif_whose_frames_are_larger_than_its_header_says_is_not_decoded() -> None:
    data = as_file(Image.new("RGB", (1024, 768), "red"), "AVIF")
    size = struct.pack(">II", 1024, 768)
    assert data.count(size) == 1
    lying = data.replace(size, struct.pack(">II", 64, 64))
    with pytest.raises(ImageTooLarge, match="a frame of 786432 pixels; at most 10000 are taken"):
        read_image(lying, max_pixels=10_000)


@pytest.mark.parametrize("options", [{}, {"save_all": True}, {"subsampling": "4:4:4"}])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_frames_of_honest_avif_files_fit(mode: str, options: dict[str, Any]) -> None:
    image = Image.new(mode, (333, 77))
    more = {"append_images": [image]} if options.get("save_all") else {}
    data = as_file(image, "AVIF", **options, **more)
    assert read_image(data, max_pixels=333 * 77).width == 333


def test_a_heic_whose_header_promises_less_than_is_there_is_refused() -> None:
    data = as_file(Image.new("RGB", (1024, 768), "red"), "HEIC")
    size = struct.pack(">II", 1024, 768)
    assert data.count(size) == 1
    with pytest.raises(UnreadableImage):
        read_image(data.replace(size, struct.pack(">II", 64, 64)), max_pixels=10_000)


@pytest.mark.parametrize("file_format", ["HEIC", "AVIF"])
def test_a_large_one_is_refused_from_its_header(file_format: str) -> None:
    data = as_file(Image.new("RGB", (1200, 900)), file_format)
    with pytest.raises(ImageTooLarge, match="1200x900 = 1080000 pixels"):
        read_image(data, max_pixels=1_000_000)


def test_a_heic_that_ends_early_is_refused_as_such() -> None:
    data = as_file(colored().resize((480, 320)), "HEIC")
    for length in (len(data) - 1, len(data) - 50):
        with pytest.raises(TruncatedImage, match="is cut short"):
            read_image(data[:length], max_pixels=MAX_PIXELS)


@pytest.mark.parametrize(
    ("brands", "message"),
    [
        (b"isom\0\0\0\0isomiso2", "an MP4 video"), (b"qt  \0\0\0\0qt  qt  ", "a QuickTime video"),
        (b"heic\0\0\0\0mif1heic", "a HEIC image with a broken header"),
        (b"avif\0\0\0\0mif1avif", "an AVIF image with a broken header"),
        (b"mif1\0\0\0\0mif1miaf", "a HEIF image with a broken header"),
    ],
)  # fmt: skip
def test_a_container_without_an_image_is_named(brands: bytes, message: str) -> None:
    box = struct.pack(">I", len(brands) + 8) + b"ftyp" + brands
    with pytest.raises(UnreadableImage, match=message):
        read_image(box + struct.pack(">I", 16) + b"mdat" + bytes(8), max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("file_format", ["HEIC", "AVIF"])
def test_threads_read_at_once(file_format: str) -> None:
    data = as_file(colored(), file_format)
    expected = pixels_of(data)
    wrong: list[int] = []

    def read() -> None:
        wrong.extend(1 for _ in range(10) if not np.array_equal(pixels_of(data), expected))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
