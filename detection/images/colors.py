"""Every way in which an image file stores color, as 8-bit RGB."""

import numpy as np
from PIL import Image

from detection.images.sample_scaling import as_8_bits, value_range

_WHITE = (255, 255, 255)


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
