import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from detection.images import DecodedImage, read_image
from detection.images.colors import as_rgb
from detection.images.formats import FORMATS
from tests.support.image_files import COLORS, as_file, block_colors, colored

MAX_PIXELS = 1_000_000
WHITE = (255, 255, 255)


def read(data: bytes) -> DecodedImage:
    return read_image(data, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_is_read_as_upright_rgb(file_format: str) -> None:
    image = read(as_file(colored(), file_format))
    assert (image.width, image.height, image.pixels.mode) == (48, 32, "RGB")
    assert np.abs(block_colors(image.pixels) - COLORS).max() <= 6
    assert image.format == file_format


def test_only_a_plain_jpeg_or_png_is_a_plain_file() -> None:
    plain = {each for each in FORMATS if read(as_file(colored(), each)).plain_file}
    assert plain == {"JPEG", "PNG"}


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("L", "PNG"), ("L", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"),
     ("CMYK", "JPEG"), ("I;16", "PNG")],
)  # fmt: skip
def test_a_file_of_other_colors_is_no_plain_file(mode: str, file_format: str) -> None:
    assert not read(as_file(Image.new(mode, (3, 2)), file_format)).plain_file


def test_a_phones_image_with_a_second_one_in_it_is_a_jpeg() -> None:
    two = as_file(colored(), "MPO", save_all=True, append_images=[Image.new("RGB", (48, 32))])
    image = read(two)
    assert (image.format, image.plain_file) == ("JPEG", True)
    assert np.abs(block_colors(image.pixels) - COLORS).max() <= 6


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "JPEG", "WEBP", "BMP", "GIF"])
def test_grey_is_equal_parts_of_red_green_and_blue(file_format: str) -> None:
    ramp = Image.fromarray(np.linspace(0, 255, 48 * 32).astype(np.uint8).reshape(32, 48))
    pixels = np.asarray(read(as_file(ramp, file_format)).pixels, np.int16)
    assert np.abs(pixels - np.asarray(ramp, np.int16)[..., None]).max() <= 6


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP", "GIF"])
def test_black_and_white_are_0_and_255(file_format: str) -> None:
    image = Image.fromarray(np.array([[True, False, False], [False, False, True]]))
    pixels = np.asarray(read(as_file(image, file_format)).pixels)
    assert pixels[..., 0].tolist() == [[255, 0, 0], [0, 0, 255]]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP", "GIF"])
def test_a_palette_shows_its_colors(file_format: str) -> None:
    palette = colored().quantize(6)
    assert palette.mode == "P"
    colors = block_colors(read(as_file(palette, file_format)).pixels)
    assert np.array_equal(colors, COLORS)


def test_cmyk_is_converted() -> None:
    for file_format in ("JPEG", "TIFF"):
        image = read(as_file(colored().convert("CMYK"), file_format))
        assert np.abs(block_colors(image.pixels) - COLORS).max() <= 8


def with_alpha(mode: str) -> Image.Image:
    """Black, 3 wide and 2 high; opaque, half and fully transparent from left to right."""
    image = Image.new("RGBA", (3, 2), (0, 0, 0, 255))
    image.putalpha(Image.fromarray(np.array([[255, 128, 0]] * 2, np.uint8)))
    return image.convert(mode)


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("RGBA", "PNG"), ("RGBA", "TIFF"), ("RGBA", "WEBP"), ("LA", "PNG"), ("LA", "TIFF")],
)
def test_what_is_transparent_lies_on_white(mode: str, file_format: str) -> None:
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    pixels = np.asarray(read(as_file(with_alpha(mode), file_format, **options)).pixels, np.int16)
    assert np.abs(pixels[..., 1] - [[0, 127, 255]] * 2).max() <= 1


@pytest.mark.parametrize(
    ("mode", "value", "file_format"),
    [("1", 1, "PNG"), ("L", 77, "PNG"), ("RGB", (1, 2, 3), "PNG"), ("I;16", 40_000, "PNG"),
     ("P", 1, "PNG"), ("P", 1, "GIF")],
)  # fmt: skip
def test_a_color_that_stands_for_transparency_becomes_white(
    mode: str, value: int | tuple[int, ...], file_format: str
) -> None:
    image = Image.new(mode, (3, 2))
    if mode == "P":
        image.putpalette([0, 0, 0, 10, 20, 30])
    image.putpixel((2, 0), value)
    pixels = read(as_file(image, file_format, transparency=value)).pixels
    assert pixels.getpixel((2, 0)) == WHITE
    assert pixels.getpixel((0, 0)) == (0, 0, 0)


def test_a_palette_may_be_transparent_in_parts() -> None:
    image = Image.new("P", (3, 2))
    image.putpalette([0, 0, 0] * 3)
    image.putdata([0, 1, 2, 0, 1, 2])
    pixels = np.asarray(read(as_file(image, "PNG", transparency=bytes([255, 128, 0]))).pixels)
    assert pixels[..., 0].tolist() == [[0, 127, 255]] * 2


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
@pytest.mark.parametrize("byte_order", ["<u2", ">u2"])
def test_16_bits_are_scaled_not_clipped(file_format: str, byte_order: str) -> None:
    values = np.linspace(0, 65535, 48 * 32).astype(byte_order).reshape(32, 48)
    pixels = np.asarray(read(as_file(Image.fromarray(values), file_format)).pixels, np.int32)
    assert np.abs(pixels[..., 0] - values.astype(np.int32) // 256).max() <= 1
    assert (pixels[0, 0, 0], pixels[-1, -1, 0]) == (0, 255)


def png_of_16_bit_rgb(values: npt.NDArray[Any]) -> bytes:
    """Pillow reads such files but writes none (PNG 1.2, chunks IHDR, IDAT and IEND)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_16_bits_of_red_green_and_blue_are_scaled_and_no_plain_file() -> None:
    values = np.arange(2 * 3 * 3, dtype=np.uint16).reshape(2, 3, 3) * 3800
    image = read(png_of_16_bit_rgb(values))
    assert np.abs(np.asarray(image.pixels, np.int32) - values // 256).max() <= 1
    assert not image.plain_file


@pytest.mark.parametrize("white", [255, 65535, 2**31 - 1])
def test_32_bit_numbers_are_scaled_by_the_smallest_usual_scale(white: int) -> None:
    image = Image.fromarray(np.array([[0, white // 2, white], [white, 0, 0]], np.int32))
    pixels = np.asarray(read(as_file(image, "TIFF")).pixels, np.int16)
    top = 255 if white <= 65535 else 128  # 2^31 of a scale of 2^32
    assert np.abs(pixels[..., 0] - [[0, top // 2, top], [top, 0, 0]]).max() <= 1


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_floats_are_scaled_by_the_smallest_usual_scale(white: float) -> None:
    image = Image.fromarray(np.array([[0, white / 2, white], [white, -5, 0]], np.float32))
    pixels = np.asarray(read(as_file(image, "TIFF")).pixels, np.int16)
    assert np.abs(pixels[..., 0] - [[0, 128, 255], [255, 0, 0]]).max() <= 1


def test_numbers_that_are_none_are_black() -> None:
    strange = np.array([[np.nan, np.inf, -np.inf], [1, 0.5, 0]], np.float32)
    pixels = np.asarray(as_rgb(Image.fromarray(strange)))
    assert pixels[0, :, 0].tolist() == [0, 0, 0]
    assert pixels[1, :, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "TIFF", "PNG"])
def test_the_first_frame_or_page_counts(file_format: str) -> None:
    others = [Image.new("RGB", (48, 32), "gray"), Image.new("RGB", (48, 32), "pink")]
    data = as_file(colored(), file_format, save_all=True, append_images=others)
    assert getattr(Image.open(io.BytesIO(data)), "n_frames", 1) == 3
    assert np.abs(block_colors(read(data).pixels) - COLORS).max() <= 8
