"""Every kind of TIFF that tifffile writes and reads, by value."""

import io
import struct
from itertools import product
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.detection.images.reading import (
    Array,
    as_grey_rgb,
    colors,
    pixels_of,
    ramp,
    stored,
    tiff,
)

TYPES = ("u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8")
COMPRESSIONS = (None, "lzw", "deflate", "packbits", "zstd", "lzma")
LAYOUTS: tuple[dict[str, Any], ...] = ({}, {"rowsperstrip": 5}, {"tile": (16, 32)})


def of_type(kind: str, shares: Array) -> Array:
    """0 to 1 as the whole range of a type."""
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return shares.astype(dtype)
    limits = np.iinfo(dtype)
    # The highest of 64 bits is no float; the next lower one is as white.
    highest = float(limits.max) if dtype.itemsize < 8 else float(2**63)
    return np.rint(shares * (highest - float(limits.min)) + float(limits.min)).astype(dtype)


def seen(data: bytes, *, white_is_zero: bool = False) -> Array:
    """What tifffile's samples mean: the whole range of their type as 0 to 255."""
    values = stored(data)
    if values.dtype.kind == "f":
        shares = values.astype(np.float64)
    else:
        limits = np.iinfo(values.dtype)
        shares = (values.astype(np.float64) - limits.min) / (float(limits.max) - limits.min)
    return as_grey_rgb(255 * (1 - shares if white_is_zero else shares))


@pytest.mark.parametrize("byte_order", "<>")
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_samples_of_every_type_are_read_as_tifffile_reads_them(
    kind: str, compression: str | None, byte_order: str
) -> None:
    grey, rgb = of_type(kind, ramp()), of_type(kind, colors())
    kinds = [
        (grey, {"photometric": "minisblack"}),
        (grey, {"photometric": "miniswhite"}),
        (rgb, {"photometric": "rgb", "planarconfig": "contig"}),
        (np.moveaxis(rgb, -1, 0), {"photometric": "rgb", "planarconfig": "separate"}),
    ]
    predictors = (False, True) if compression not in (None, "packbits") else (False,)
    for (samples, meaning), layout, predictor in product(kinds, LAYOUTS, predictors):
        options = {**meaning, **layout, "predictor": predictor}
        data = tiff(samples, byteorder=byte_order, compression=compression, **options)
        expected = seen(data, white_is_zero=meaning["photometric"] == "miniswhite")
        assert np.abs(pixels_of(data) - expected).max() <= 1, options


@pytest.mark.parametrize("white_is_zero", [False, True])
@pytest.mark.parametrize(
    ("bits", "compression"),
    # Others than single bits tifffile packs without compression only.
    [(1, "lzw"), (1, "packbits"), (1, "deflate"), *((bits, None) for bits in (1, 2, 4, 6, 10, 12))],
)
def test_samples_that_fill_no_byte_are_scaled_by_their_bits(
    bits: int, compression: str | None, *, white_is_zero: bool
) -> None:
    values = np.rint(ramp() * (2**bits - 1)).astype(np.uint8 if bits <= 8 else np.uint16)
    photometric = "miniswhite" if white_is_zero else "minisblack"
    if bits == 1:
        values = values.astype(bool)
    data = tiff(values, bitspersample=bits, photometric=photometric, compression=compression)
    shares = stored(data).astype(float) / (2**bits - 1)
    expected = 255 * (1 - shares if white_is_zero else shares)
    assert np.abs(pixels_of(data) - as_grey_rgb(expected)).max() <= 1


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("byte_order", "<>")
def test_bigtiff_is_read(byte_order: str, big: bool) -> None:
    data = tiff(of_type("u2", colors()), bigtiff=big, byteorder=byte_order, photometric="rgb")
    assert np.abs(pixels_of(data) - seen(data)).max() <= 1


@pytest.mark.parametrize("layout", [{}, {"tile": (16, 32)}])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb", "planar", "ycbcr"])
def test_jpeg_inside_is_read_as_tifffile_reads_it(photometric: str, layout: dict[str, Any]) -> None:
    rgb = of_type("u1", np.repeat(np.repeat(colors()[::8, ::8], 8, axis=0), 8, axis=1))
    options: dict[str, Any] = {"photometric": photometric}
    samples = rgb
    if photometric.startswith("minis"):
        samples = rgb[..., 0]
    elif photometric == "planar":
        samples = np.moveaxis(rgb, -1, 0)
        options = {"photometric": "rgb", "planarconfig": "separate"}
    data = tiff(samples, compression="jpeg", **options, **layout)
    expected = stored(data).astype(float)
    if photometric == "miniswhite":
        expected = 255 - expected
    assert np.abs(pixels_of(data) - as_grey_rgb(expected)).max() <= 2


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_compressions_are_read_as_tifffile_reads_them(compression: str) -> None:
    image = Image.fromarray(ramp() > 0.5)
    file = io.BytesIO()
    image.save(file, "TIFF", compression=compression)
    data = file.getvalue()
    with tifffile.TiffFile(io.BytesIO(data)) as opened:
        page = opened.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        white = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        expected = page.asarray() ^ white
    assert np.array_equal(pixels_of(data), as_grey_rgb(expected * 255))


@pytest.mark.parametrize("compression", [None, "lzw", "packbits", "deflate"])
@pytest.mark.parametrize("kind", ["?", "u1"])
def test_bits_in_reverse_order_are_put_right(kind: str, compression: str | None) -> None:
    samples = ramp() > 0.5 if kind == "?" else of_type(kind, ramp())
    # tifffile writes no FillOrder; an unknown tag becomes it.
    tags = [(65000, "H", 1, 2, True)]
    written = tiff(samples, compression=compression, extratags=tags, photometric="minisblack")
    entry = struct.pack("<HHI", 65000, 3, 1)
    assert written.count(entry) == 1
    data = bytearray(written.replace(entry, struct.pack("<HHI", 266, 3, 1)))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        [start], [length] = page.dataoffsets, page.databytecounts
    each = np.frombuffer(bytes(data[start : start + length]), np.uint8)
    turned = np.packbits(np.unpackbits(each[:, None], axis=1)[:, ::-1], axis=1)
    data[start : start + length] = turned.tobytes()
    expected = samples.astype(int) * (255 if kind == "?" else 1)
    assert np.array_equal(pixels_of(bytes(data)), as_grey_rgb(expected))


def test_a_missing_number_of_samples_is_that_of_the_bits() -> None:
    data = tiff(of_type("u1", colors()), photometric="rgb")
    entry = struct.pack("<HHI", 277, 3, 1)
    assert data.count(entry) == 1
    without = data.replace(entry, struct.pack("<HHI", 65000, 3, 1))
    assert np.array_equal(pixels_of(without), pixels_of(data))
