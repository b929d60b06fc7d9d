"""PNG files of 16 bits, of which Pillow keeps the upper 8: all 16, and what is transparent."""

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from detection.images.png_chunks import PngHeader
from detection.images.sample_scaling import ValueRange, as_8_bits, value_range
from detection.images.transparency import on_white

_GREY, _RGB, _GREY_ALPHA, _RGBA = 0, 2, 4, 6
# Values that lie this far apart in their upper bytes are on their full scale.
_SURELY_SPREAD = 65
_FULL = ValueRange(0.0, 65535.0)

Bytes = npt.NDArray[np.uint8]


def is_deep(header: PngHeader | None) -> bool:
    """Whether it is a kind of PNG that is decoded here."""
    return header is not None and header.bits == 16


def decode_deep_png(data: bytes, color_type: int) -> Image.Image:
    """Mode RGB, not turned; transparency lies on white.

    Raises:
        Exception: what Pillow raises on a broken file.
    """
    transparent = _transparent_color(data)
    samples = _upper_bytes(data, color_type)
    colors = 3 if color_type in (_RGB, _RGBA) else 1
    upper = samples[..., :colors]
    if transparent is None and int(upper.max()) - int(upper.min()) >= _SURELY_SPREAD:
        pixels, alpha = upper, samples[..., colors:]
    else:
        # In place: each step of these is 8 bytes for each pixel.
        values = samples.astype(np.uint16)
        del samples, upper
        values <<= 8
        values |= _lower_bytes(data, color_type)
        color = values[..., :colors]
        pixels = as_8_bits(color, value_range(color, 16))
        alpha = as_8_bits(values[..., colors:], _FULL)
        if transparent is not None and not alpha.size:
            alpha = np.where((color == transparent).all(axis=-1, keepdims=True), 0, 255)
            alpha = alpha.astype(np.uint8)
    if alpha.size:
        pixels = on_white(np.ascontiguousarray(pixels), np.ascontiguousarray(alpha[..., 0]))
    return Image.fromarray(np.ascontiguousarray(pixels.repeat(3 // pixels.shape[2], axis=2)))


def _transparent_color(data: bytes) -> npt.NDArray[np.uint16] | None:
    """The one color of 16 bits that stands for transparency."""
    with PngImageFile(BytesIO(data)) as image:
        found = image.info.get("transparency")
    if found is None or isinstance(found, bytes):
        return None
    return np.atleast_1d(np.array(found, np.uint16))


def _upper_bytes(data: bytes, color_type: int) -> Bytes:
    if color_type in (_RGB, _RGBA):
        mode = "RGB" if color_type == _RGB else "RGBA"
        return _unpacked(data, mode, f"{mode};16B")
    return _pairs(data, color_type)[..., 0::2]


def _lower_bytes(data: bytes, color_type: int) -> Bytes:
    if color_type in (_RGB, _RGBA):
        mode = "RGB" if color_type == _RGB else "RGBA"
        # Their little-endian reading takes the other byte of each pair.
        return _unpacked(data, mode, f"{mode};16L")
    return _pairs(data, color_type)[..., 1::2]


def _pairs(data: bytes, color_type: int) -> Bytes:
    """Grey, and alpha where there is one, as their two bytes each: (H, W, 2 or 4)."""
    if color_type == _GREY:
        with PngImageFile(BytesIO(data)) as image:
            image.load()
            grey = np.asarray(image).astype(">u2")
            return grey.view(np.uint8).reshape(*grey.shape, 2)
    # A pixel of 16-bit grey and alpha has as many bytes as one of 8-bit RGBA.
    return _unpacked(data, "RGBA", "RGBA")


def _unpacked(data: bytes, mode: str, raw_mode: str) -> Bytes:
    """The pixels unfiltered by Pillow, as another mode than it chooses."""
    with PngImageFile(BytesIO(data)) as image:
        image.info.pop("transparency", None)
        image._mode = mode
        image.tile = [each._replace(args=raw_mode) for each in image.tile]
        image.load()
        pixels: npt.NDArray[Any] = np.asarray(image)
        return pixels
