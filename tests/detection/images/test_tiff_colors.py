"""What each photometric interpretation of TIFF means, compared with tifffile, Pillow, littleCMS."""

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from detection.images import ImageTooLarge, UnreadableImage, read_image
from tests.detection.images.reading import (
    HEIGHT,
    MAX_PIXELS,
    WIDTH,
    Array,
    as_grey_rgb,
    colors,
    pixels_of,
    ramp,
    stored,
    tiff,
)
from tests.support.shared import shared

LAYOUTS: tuple[dict[str, Any], ...] = (
    {}, {"compression": "lzw", "predictor": True}, {"tile": (16, 16), "compression": "deflate"},
    {"byteorder": ">"},
)  # fmt: skip


def whole(kind: str, shares: Array) -> Array:
    values: Array = np.rint(shares * np.iinfo(kind).max).astype(kind)
    return values


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("meaning", ["unassalpha", "assocalpha", "unspecified"])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb"])
def test_a_sample_beyond_the_colors_is_what_the_file_says(
    photometric: str, meaning: str, kind: str, planar: str, layout: dict[str, Any]
) -> None:
    color = colors() if photometric == "rgb" else ramp()[..., None]
    alpha = np.roll(ramp(), 7, axis=0)[..., None]
    stored_color = color * alpha if meaning == "assocalpha" else color
    samples = whole(kind, np.concatenate([stored_color, alpha], axis=-1))
    if planar == "separate":
        samples = np.moveaxis(samples, -1, 0)
    options = {"photometric": photometric, "planarconfig": planar, "extrasamples": [meaning]}
    data = tiff(samples, **options, **layout)
    read = stored(data).astype(float) / np.iinfo(kind).max
    seen, opacity = read[..., :-1], read[..., -1:]
    if meaning == "unspecified":
        expected = 1 - seen if photometric == "miniswhite" else seen
    elif meaning == "assocalpha":
        expected = 1 - seen if photometric == "miniswhite" else seen + (1 - opacity)
    else:
        shown = 1 - seen if photometric == "miniswhite" else seen
        expected = shown * opacity + (1 - opacity)
    expected = np.broadcast_to(expected * 255, (HEIGHT, WIDTH, 3))
    assert np.abs(pixels_of(data) - expected).max() <= 2


def test_red_green_blue_and_a_fourth_sample_without_a_word_is_transparency() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (4, 3), (10, 20, 30, 0)).save(file, "TIFF")
    data = file.getvalue()
    entry = struct.pack("<HHIH", 338, 3, 1, 2)
    assert data.count(entry) == 1
    # Another tag in the place of ExtraSamples, and one that nobody knows.
    without = data.replace(entry, struct.pack("<HHIH", 65000, 3, 1, 2))
    assert (pixels_of(without) == 255).all()


@pytest.mark.parametrize("samples", [5, 7, 12])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("photometric", ["rgb", "minisblack"])
def test_of_many_bands_the_colors_that_the_file_names_are_seen(
    photometric: str, planar: str, samples: int
) -> None:
    bands = np.stack([np.roll(ramp(), each, axis=1) for each in range(samples)], axis=-1)
    values = whole("u2", bands)
    if planar == "separate":
        values = np.moveaxis(values, -1, 0)
    data = tiff(values, photometric=photometric, planarconfig=planar)
    colors_of = 3 if photometric == "rgb" else 1
    expected = np.broadcast_to(bands[..., :colors_of] * 255, (HEIGHT, WIDTH, 3))
    assert np.abs(pixels_of(data) - expected).max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_palette_is_looked_up(bits: int, depth: int) -> None:
    count = 2**bits
    palette = np.stack([np.roll(np.arange(count) % 256, each) for each in (0, 40, 90)])
    stored_palette = (palette * (257 if depth == 16 else 1)).astype(np.uint16)
    indices = whole("u1" if bits == 8 else "u2", ramp())
    data = tiff(indices, photometric="palette", colormap=stored_palette)
    assert np.array_equal(pixels_of(data), np.moveaxis(palette, 0, -1)[indices])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_cmyk_is_converted_as_pillow_converts_it(kind: str, layout: dict[str, Any]) -> None:
    inks = np.concatenate([colors(), ramp()[..., None] / 2], axis=-1)
    data = tiff(whole(kind, inks), photometric="separated", **layout)
    ink = stored(data).astype(float) / np.iinfo(kind).max
    expected = 255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])
    assert np.abs(pixels_of(data) - expected).max() <= 2


@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_lab_is_converted_as_littlecms_converts_it(kind: str, photometric: str) -> None:
    # Inside sRGB, where the two ways of clipping do not matter.
    lightness = (40 + 40 * ramp()).round()
    a = np.rint(30 * np.roll(ramp(), 5, axis=1) - 15)
    b = np.rint(30 * np.roll(ramp(), 9, axis=0) - 15)
    scale = 1 if kind == "u1" else 256
    if photometric == "cielab":
        top = np.iinfo(kind).max
        lab = np.stack(
            [lightness / 100 * top, (a * scale) % (top + 1), (b * scale) % (top + 1)], -1
        )
    else:
        lab = np.stack([lightness / 100 * 255 * scale, (a + 128) * scale, (b + 128) * scale], -1)
    seen = pixels_of(tiff(np.rint(lab).astype(kind), photometric=photometric))
    planes = [np.rint(lightness * 2.55), a + 128, b + 128]
    image = Image.merge("LAB", [Image.fromarray(each.astype(np.uint8)) for each in planes])
    convert = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
    )
    reference = ImageCms.applyTransform(image, convert)
    assert reference is not None
    assert np.abs(seen - np.asarray(reference, np.int16)).max() <= 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ycbcr_with_all_its_chroma_is_converted(layout: dict[str, Any]) -> None:
    rgb = whole("u1", colors())
    ycbcr = np.asarray(Image.fromarray(rgb).convert("YCbCr"))
    data = tiff(ycbcr, photometric="ycbcr", subsampling=(1, 1), **layout)
    assert np.abs(pixels_of(data) - rgb).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "lzw", "jpeg"])
def test_a_page_is_turned_upright_once(compression: str | None, orientation: int) -> None:
    upright = np.kron(np.arange(12).reshape(3, 4) * 20, np.ones((16, 16))).astype(np.uint8)
    turn_back = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.T, 6: np.rot90(upright), 7: np.rot90(upright, 2).T, 8: np.rot90(upright, 3),
    }  # fmt: skip
    samples = np.ascontiguousarray(turn_back[orientation])
    tags = [(274, "H", 1, orientation, True)]
    data = tiff(samples, photometric="minisblack", compression=compression, extratags=tags)
    image = read_image(data, max_pixels=MAX_PIXELS)
    assert (image.width, image.height) == (64, 48)
    assert np.abs(pixels_of(data) - as_grey_rgb(upright)).max() <= 2


def test_of_several_pages_the_first_is_seen() -> None:
    file = io.BytesIO()
    pages = [Image.fromarray(whole("u2", ramp())), Image.new("I;16", (9, 9))]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    assert np.abs(pixels_of(file.getvalue()) - as_grey_rgb(ramp() * 255)).max() <= 1


REFUSED: dict[str, tuple[Array, dict[str, Any], str]] = {
    "complex": (np.ones((4, 5), np.complex64), {}, "64"),
    "lerc": (whole("u1", ramp()), {"compression": "lerc"}, "LERC compression is not read"),
    "jpeg2000": (whole("u1", ramp()), {"compression": "jpeg2000"}, "JPEG 2000"),
    "jpegxl": (whole("u1", ramp()), {"compression": "jpegxl"}, "JPEG XL"),
    "webp": (whole("u1", colors()), {"compression": "webp"}, "WebP compression"),
    "filter array": (whole("u2", ramp()), {"photometric": "cfa"}, "color filter array"),
    "linear raw": (whole("u2", colors()), {"photometric": "linear_raw"}, "linear raw"),
    "mask": (ramp() > 0.5, {"photometric": "mask"}, "transparency mask"),
    "logluv": (whole("u2", colors()), {"photometric": "logluv"}, "LogLuv"),
    "itulab": (whole("u1", colors()), {"photometric": "itulab"}, "ITULab"),
    "raw": (whole("u1", colors()), {"extratags": [(50706, "B", 4, (1, 4, 0, 0), True)]}, "DNG"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_right_is_refused_by_name(name: str) -> None:
    samples, options, message = REFUSED[name]
    with pytest.raises(UnreadableImage, match=message):
        read_image(tiff(samples, **options), max_pixels=MAX_PIXELS)


def test_samples_of_different_depths_are_refused() -> None:
    data = tiff(whole("u1", colors()), photometric="rgb")
    assert data.count(struct.pack("<3H", 8, 8, 8)) == 1
    with pytest.raises(UnreadableImage, match=r"samples differ in bits \(8, 16, 8\)"):
        pixels_of(data.replace(struct.pack("<3H", 8, 8, 8), struct.pack("<3H", 8, 16, 8)))


def test_more_samples_than_so_many_pixels_should_have_are_refused_from_the_header() -> None:
    data = tiff(np.zeros((100, 100, 9), np.uint8), photometric="rgb")
    assert read_image(data, max_pixels=12_000).width == 100
    with pytest.raises(ImageTooLarge, match="holds 90000 bytes of samples; at most 80000"):
        read_image(data[:-5000], max_pixels=10_000)


def test_a_tile_larger_than_the_image_is_bounded_too() -> None:
    data = bytearray(tiff(np.zeros((16, 16), np.uint8), tile=(16, 16), compression="deflate"))
    for tag in (322, 323):
        place = next(
            found for kind in (3, 4)
            if (found := data.find(struct.pack("<HHIH", tag, kind, 1, 16))) >= 0
        )  # fmt: skip
        data[place + 8 : place + 10] = struct.pack("<H", 60_000)
    with pytest.raises(ImageTooLarge, match="3600000000 bytes of samples"):
        read_image(bytes(data), max_pixels=MAX_PIXELS)


def test_the_shared_cases_are_seen_as_they_are() -> None:
    images = shared("cases/serving/images")
    for name in ("planar16_red.tif", "planar16_red_deflate.tif"):
        seen = pixels_of((images / name).read_bytes())
        assert np.abs(seen - [255, 0, 0]).max() <= 1
    for name in ("white_is_zero_8.tif", "grey_alpha_16.tif"):
        data = (images / name).read_bytes()
        values = stored(data).astype(float)
        if values.ndim == 3:
            grey, alpha = values[..., 0] / 65535, values[..., 1] / 65535
            expected = 255 * (grey * alpha + 1 - alpha)
        else:
            expected = 255 - values
        assert np.abs(pixels_of(data) - as_grey_rgb(expected)).max() <= 1
