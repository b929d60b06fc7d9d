"""JPEG, BMP, GIF, PNG and WebP of every kind, compared with imagecodecs."""

import struct
from io import BytesIO
from typing import Any
from zlib import compress, crc32

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from detection.images import UnreadableImage, read_image
from tests.detection.images.reading import MAX_PIXELS, Array, as_grey_rgb, pixels_of
from tests.support.image_files import as_file, colored

RGB = np.asarray(colored())


def inks() -> Array:
    """Cyan, magenta, yellow and black, 0 for none: (H, W, 4)."""
    black = np.full((*RGB.shape[:2], 1), 40, np.uint8)
    return np.concatenate([255 - RGB, black], axis=-1)


def without_adobe(data: bytes) -> bytes:
    place = data.index(b"\xff\xee")
    (length,) = struct.unpack(">H", data[place + 2 : place + 4])
    return data[:place] + data[place + 2 + length :]


@pytest.mark.parametrize("stored_as", ["CMYK", "YCCK"])
def test_a_cmyk_jpeg_of_adobe_is_stored_inverted(stored_as: str) -> None:
    data = bytes(imagecodecs.jpeg8_encode(255 - inks(), colorspace="CMYK", outcolorspace=stored_as))
    assert b"Adobe" in data
    shares = 1 - imagecodecs.jpeg8_decode(data, outcolorspace="CMYK").astype(float) / 255
    expected = 255 * (1 - shares[..., :3]) * (1 - shares[..., 3:])
    assert np.abs(pixels_of(data) - expected).max() <= 2


def test_a_cmyk_jpeg_without_adobes_marker_is_seen_as_browsers_show_it() -> None:
    # Inverted as well: what writes CMYK without the marker has taken it out of such a file.
    data = bytes(imagecodecs.jpeg8_encode(255 - inks(), colorspace="CMYK", outcolorspace="CMYK"))
    assert np.array_equal(pixels_of(without_adobe(data)), pixels_of(data))


@pytest.mark.parametrize(
    ("stored_as", "subsampling"),
    [("RGB", "444"), ("YCBCR", "444"), ("YCBCR", "422"), ("YCBCR", "420")],
)
def test_a_jpeg_of_three_colors_is_read_as_libjpeg_reads_it(
    stored_as: str, subsampling: str
) -> None:
    data = bytes(
        imagecodecs.jpeg8_encode(RGB, outcolorspace=stored_as, subsampling=subsampling, level=95)
    )
    assert np.abs(pixels_of(data) - np.asarray(imagecodecs.jpeg8_decode(data), int)).max() <= 1


def test_a_jpeg_of_another_depth_or_kind_is_refused_by_name() -> None:
    grey = RGB[..., 0].astype(np.uint16)
    for data, message in (
        (imagecodecs.jpeg8_encode(grey * 16, bitspersample=12), "a JPEG image of 12 bits"),
        (imagecodecs.ljpeg_encode(grey * 257, bitspersample=16), "a lossless JPEG image"),
    ):
        with pytest.raises(UnreadableImage, match=message):
            read_image(bytes(data), max_pixels=MAX_PIXELS)


def bitmap(bits: int, pixels: bytes, masks: tuple[int, ...] = ()) -> bytes:
    """A BMP of 4 x 2 pixels with a V4 header."""
    compression = 3 if masks else 0
    size = len(pixels)
    header = struct.pack("<IiiHHIIiiII", 108, 4, 2, 1, bits, compression, size, 0, 0, 0, 0)
    header += struct.pack("<4I", *(masks or (0, 0, 0, 0))) + bytes(108 - 40 - 16)
    return b"BM" + struct.pack("<IHHI", 14 + 108 + len(pixels), 0, 0, 14 + 108) + header + pixels


BITMAPS: dict[str, tuple[bytes, list[list[int]]]] = {
    "5 bits each": (
        bitmap(16, struct.pack("<8H", *[0x7C00, 0x03E0, 0x001F, 0x7FFF] * 2)),
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]],
    ),
    "5, 6 and 5 bits": (
        bitmap(16, struct.pack("<8H", *[0xF800, 0x07E0, 0x001F, 0] * 2), (0xF800, 0x07E0, 0x1F, 0)),
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]],
    ),
    "a fourth byte of 0": (
        bitmap(32, bytes([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 9, 9, 9, 0]) * 2),
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]],
    ),
    "alpha of 0 everywhere": (
        bitmap(32, bytes([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 9, 9, 9, 0]) * 2,
               (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]],
    ),
    "alpha": (
        bitmap(32, bytes([0, 0, 255, 255, 0, 255, 0, 0, 255, 0, 0, 128, 0, 0, 0, 255]) * 2,
               (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        [[255, 0, 0], [255, 255, 255], [127, 127, 255], [0, 0, 0]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BITMAPS)
def test_a_bitmap_of_every_depth_is_seen(name: str) -> None:
    data, row = BITMAPS[name]
    assert np.abs(pixels_of(data) - [row, row]).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_bitmap_is_read_as_imagecodecs_reads_it(mode: str) -> None:
    data = as_file(colored().convert(mode), "BMP")
    assert np.array_equal(pixels_of(data), as_grey_rgb(imagecodecs.bmp_decode(data, asrgb=True)))


@pytest.mark.parametrize("lossless", [True, False])
def test_webp_with_alpha_lies_on_white(*, lossless: bool) -> None:
    alpha = np.repeat(np.repeat(np.array([[255, 0, 128]], np.uint8), 32, 0), 16, 1)
    image = np.concatenate([RGB, alpha[..., None]], axis=-1)
    data = bytes(imagecodecs.webp_encode(image, lossless=lossless, level=95))
    stored = imagecodecs.webp_decode(data).astype(float)
    share = stored[..., 3:] / 255
    expected = stored[..., :3] * share + 255 * (1 - share)
    assert np.abs(pixels_of(data) - expected).max() <= 1


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_of_an_animation_the_first_frame_is_seen(mode: str, file_format: str) -> None:
    images = [colored(), Image.new("RGB", (48, 32)), colored().rotate(180)]
    frames = [each.convert(mode) for each in images]
    options: dict[str, Any] = {"save_all": True, "append_images": frames[1:], "duration": 100}
    options |= {"lossless": True} if file_format == "WEBP" else {}
    options |= {"quality": 100, "subsampling": "4:4:4"} if file_format == "AVIF" else {}
    seen = pixels_of(as_file(frames[0], file_format, **options))
    expected = np.asarray(frames[0].convert("RGB"), np.int16)
    assert np.abs(seen[8::16, 8::16] - expected[8::16, 8::16]).max() <= 4


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_gifs_transparent_color_is_white(*, interlaced: bool) -> None:
    image = Image.fromarray(np.array([[0, 1, 2], [2, 1, 0]], np.uint8))
    image = image.convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    data = as_file(image, "GIF", transparency=1, interlace=interlaced)
    colors = np.array([[10, 20, 30], [255, 255, 255], [70, 80, 90]])
    assert np.array_equal(pixels_of(data), colors[[[0, 1, 2], [2, 1, 0]]])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_png_of_few_bits_of_grey_is_scaled(bits: int) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    values = np.arange(2**bits, dtype=np.uint8)
    packed = np.packbits(np.unpackbits(values[:, None], axis=1)[:, 8 - bits :])
    header = struct.pack(">IIBBBBB", len(values), 1, bits, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    data += chunk(b"IDAT", compress(b"\0" + packed.tobytes())) + chunk(b"IEND", b"")
    assert np.abs(pixels_of(data)[0, :, 0] - values * (255 / (2**bits - 1))).max() <= 1


def test_a_phones_second_image_changes_nothing() -> None:
    file = BytesIO()
    colored().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (48, 32))])
    assert np.array_equal(pixels_of(file.getvalue()), pixels_of(as_file(colored(), "JPEG")))
