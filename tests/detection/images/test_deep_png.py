"""PNG of 16 bits, written by imagecodecs' libpng, by value."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest

from tests.detection.images.reading import (
    HEIGHT,
    WIDTH,
    Array,
    as_grey_rgb,
    colors,
    pixels_of,
    ramp,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def shares(samples: int) -> Array:
    """(H, W, samples) from 0 to 1: grey or colors, and alpha."""
    color = ramp()[..., None] if samples < 3 else colors()
    alpha = np.roll(ramp(), 7, axis=0)[..., None]
    return np.concatenate([color, alpha], axis=-1) if samples in (2, 4) else color


def expected_of(values: Array, white: float) -> Array:
    color = values[..., : 1 if values.shape[2] < 3 else 3] / white
    if values.shape[2] in (2, 4):
        alpha = values[..., -1:] / 65535
        color = color * alpha + 1 - alpha
    return np.broadcast_to(color * 255, (HEIGHT, WIDTH, 3))


@pytest.mark.parametrize("white", [65535, 4095])
@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_every_color_type_is_scaled_by_the_values_there_are(samples: int, white: int) -> None:
    values = np.rint(shares(samples) * white).astype(np.uint16)
    if samples in (2, 4):
        values[..., -1] = np.rint(shares(samples)[..., -1] * 65535)
    data = bytes(imagecodecs.png_encode(values))
    stored = np.asarray(imagecodecs.png_decode(data)).reshape(HEIGHT, WIDTH, samples)
    assert np.abs(pixels_of(data) - expected_of(stored.astype(float), white)).max() <= 2


def test_degrees_in_16_bits_of_grey_go_from_black_to_white() -> None:
    values = (7000 + np.rint(ramp() * 2000)).astype(np.uint16)
    data = bytes(imagecodecs.png_encode(values))
    assert np.abs(pixels_of(data) - as_grey_rgb(ramp() * 255)).max() <= 1


def test_an_image_of_one_value_is_read() -> None:
    for value in (0, 700, 65535):
        data = bytes(imagecodecs.png_encode(np.full((3, 4, 3), value, np.uint16)))
        assert np.abs(pixels_of(data) - value / 257).max() <= 1


def with_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    chunk = struct.pack(">I", len(content)) + name + content + checksum
    before = data.index(b"IDAT") - 4
    return data[:before] + chunk + data[before:]


@pytest.mark.parametrize("samples", [1, 3])
def test_the_transparent_color_is_compared_in_all_its_bits(samples: int) -> None:
    values = np.full((2, 3, samples), 40_000, np.uint16)
    # Its upper byte is that of the transparent one, and it is another color.
    values[0, 1] = 40_001
    values[1, 2] = 0
    data = bytes(imagecodecs.png_encode(values.squeeze()))
    key = struct.pack(f">{samples}H", *[40_001] * samples)
    seen = pixels_of(with_chunk(data, b"tRNS", key))
    assert (seen[0, 1] == 255).all()
    assert np.abs(seen[0, 0] - 40_000 / 257).max() <= 1
    assert (seen[1, 2] == 0).all()


@pytest.mark.parametrize("samples", [1, 3])
def test_exif_behind_the_pixels_turns_it(samples: int) -> None:
    values = np.rint(shares(samples) * 65535).astype(np.uint16)
    data = bytes(imagecodecs.png_encode(values.squeeze()))
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"
    end = data.index(b"IEND") - 4
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif
    turned = data[:end] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + data[end:]
    assert np.array_equal(pixels_of(turned), pixels_of(data)[::-1, ::-1])
