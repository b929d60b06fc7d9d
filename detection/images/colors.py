"""Every way in which an image file stores color, as 8-bit RGB."""

import numpy as np
from PIL import Image

from detection.images.sample_scaling import as_8_bits, value_range

_WHITE = (255, 255, 255)
# Cameras' have 0.5 kB, those with tables for printing up to 60.
_MOST_PROFILE_BYTES = 128 * 1024
# Where a profile says whose colors it is of (ICC.1:2022, 7.2.8).
_PROFILE_COLORS, _RGB_COLORS = slice(16, 20), b"RGB "


def color_profile(image: Image.Image) -> bytes | None:
    """The ICC profile that says what the colors of an image in mode RGB mean.

    Returns:
        The profile; None where it has none, or one of other colors, or one of more than 128 KiB.
    """
    profile = image.info.get("icc_profile")
    if image.mode != "RGB" or not isinstance(profile, bytes):
        return None
    is_rgb = profile[_PROFILE_COLORS] == _RGB_COLORS
    return profile if is_rgb and len(profile) <= _MOST_PROFILE_BYTES else None


def as_rgb(image: Image.Image) -> Image.Image:
    """`image` in mode RGB, as a person sees it.

    More than 8 bits are scaled down (`convert` would clip them to white), and what is transparent
    lies on white.

    Args:
        image: loaded, of any mode of Pillow's.

    Raises:
        ValueError: Pillow knows no way from the mode to RGB.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled_to_8_bits(image).convert("RGB")
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        on_white = Image.new("RGB", image.size, _WHITE)
        on_white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return on_white
    # `convert` would copy an image that needs none: 196 MB at 49 megapixels.
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled_to_8_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 or 32 bits, or of floats, in mode L."""
    values = np.asarray(image)
    grey = as_8_bits(values, value_range(values, 8 * values.dtype.itemsize))
    return Image.fromarray(grey)
