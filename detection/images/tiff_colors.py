"""A TIFF's samples as 8-bit RGB: what each photometric interpretation means by them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from detection.images.errors import UnreadableImage
from detection.images.lab import lab_to_rgb
from detection.images.sample_scaling import ValueRange, as_8_bits, value_range
from detection.images.tiff_header import (
    BLACK_IS_ZERO,
    CIELAB,
    CMYK,
    FLOAT,
    ICCLAB,
    PALETTE,
    PREMULTIPLIED,
    RGB,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    TiffHeader,
)
from detection.images.transparency import on_white

# The samples of a pixel that are its color; further ones are transparency or are ignored.
COLOR_SAMPLES = {
    BLACK_IS_ZERO: 1, WHITE_IS_ZERO: 1, PALETTE: 1, RGB: 3, CMYK: 4, YCBCR: 3, CIELAB: 3, ICCLAB: 3,
}  # fmt: skip
_MOST_PALETTE_BITS = 16

Samples = npt.NDArray[Any]
Pixels = npt.NDArray[np.uint8]


def wanted_samples(header: TiffHeader) -> int:
    """How many samples of each pixel are looked at, from the first on: the color, and its alpha.

    Raises:
        UnreadableImage: what they mean is not known here, or there are too few.
    """
    colors = COLOR_SAMPLES.get(header.photometric)
    if colors is None or header.samples < colors:
        raise UnreadableImage(f"a {header.describe()} is not read: its colors are unknown here")
    is_number_only = header.photometric in (PALETTE, CMYK, YCBCR, CIELAB, ICCLAB)
    most_bits = 8 if header.photometric in (YCBCR,) else _MOST_PALETTE_BITS
    if is_number_only and (header.bits > most_bits or header.sample_format == FLOAT):
        raise UnreadableImage(f"a {header.describe()} is not read: its colors are no such numbers")
    if header.subsampling != (1, 1):
        raise UnreadableImage(f"a {header.describe()} with fewer samples of chroma is not read")
    has_alpha = header.alpha is not None and header.samples > colors
    return colors + has_alpha


def samples_to_pixels(samples: Samples, header: TiffHeader) -> Pixels:
    """(H, W, `wanted_samples`) as (H, W) of grey or (H, W, 3) of colors, 0 to 255, not turned."""
    colors = COLOR_SAMPLES[header.photometric]
    color, alpha = samples[..., :colors], samples[..., colors:]
    pixels, white = _opaque(color, header)
    if alpha.size:
        opacity = _opacity(alpha[..., 0], header, white)
        premultiplied = header.alpha == PREMULTIPLIED
        if premultiplied and header.photometric == WHITE_IS_ZERO:
            # What is stored is (1 - grey) * alpha, and that much is missing from white.
            premultiplied, opacity = False, np.full_like(opacity, 255)
        pixels = on_white(pixels, opacity, premultiplied=premultiplied)
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def _opaque(color: Samples, header: TiffHeader) -> tuple[Pixels, float]:
    """(H, W, 1 or 3) of 0 to 255, and the value that was white."""
    full = float(2**header.bits - 1)
    if header.photometric == PALETTE:
        return _of_palette(color[..., 0], header), full
    if header.photometric in (CIELAB, ICCLAB):
        return _of_lab(color, header), full
    if header.photometric in (CMYK, YCBCR):
        # Ink, and differences of colors, have a scale that is not theirs alone to choose.
        stored = as_8_bits(color, ValueRange(0.0, full))
        mode = "CMYK" if header.photometric == CMYK else "YCbCr"
        planes = [Image.fromarray(np.ascontiguousarray(each)) for each in np.moveaxis(stored, 2, 0)]
        return np.asarray(Image.merge(mode, planes).convert("RGB")), full
    values = value_range(color, header.bits, header.declared_range, header.no_data)
    inverted = header.photometric == WHITE_IS_ZERO
    return as_8_bits(color, values, inverted=inverted, no_data=header.no_data), values.white


def _opacity(alpha: Samples, header: TiffHeader, white: float) -> Pixels:
    """0 to 255; opaque is the type's full scale, or that of the colors where all lie within it."""
    if header.sample_format == FLOAT:
        full = 1.0 if float(np.nanmax(alpha, initial=0.0)) <= 1 else white
    else:
        full = float(2 ** (header.bits - (header.sample_format != UNSIGNED)) - 1)
        highest = float(alpha.max())
        if 0 < highest <= white < full:
            full = white
    return as_8_bits(alpha, ValueRange(0.0, full))


def _of_palette(indices: Samples, header: TiffHeader) -> Pixels:
    count = 2**header.bits
    if len(header.color_map) < 3 * count:
        raise UnreadableImage(f"a {header.describe()} has no whole color map")
    colors = np.array(header.color_map[: 3 * count], np.int64).reshape(3, count).T
    if colors.max() > 255:
        # 16 bits by the specification; some writers put 8 there.
        colors = colors >> 8
    return colors.astype(np.uint8)[indices]


def _of_lab(color: Samples, header: TiffHeader) -> Pixels:
    """TIFF 6.0, section 23: a* and b* signed; TechNote 4: ICCLab's are moved up by half."""
    scale = 2.0 ** (header.bits - 8)
    values = color.astype(np.float32)
    if header.photometric == CIELAB:
        half = 2.0 ** (header.bits - 1)
        signed = values[..., 1:]
        signed[signed >= half] -= 2 * half
    else:
        values[..., 1:] -= 128 * scale
    values[..., 0] *= 100 / (2.0**header.bits - 1 if header.photometric == CIELAB else 255 * scale)
    values[..., 1:] /= scale
    return lab_to_rgb(values)
