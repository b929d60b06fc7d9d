"""Every way in which a picture file stores colour, as 8-bit RGB."""

import numpy as np
from PIL import Image

# Full scales of pictures with more than 8 bits, or with floating point numbers.
_FULL_SCALES = (1.0, 255.0, 65535.0, 2.0**32 - 1)
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
    # `convert` would copy a picture that needs none: 196 MB at 49 megapixels.
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled_to_8_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 or 32 bits, or of floats, in mode L."""
    if image.mode.startswith("I;16"):
        values_16 = np.asarray(image)
        grey = (values_16 >> 8).astype(np.uint8)
        transparent = image.info.get("transparency")
        if isinstance(transparent, int):
            grey[values_16 == transparent] = _WHITE[0]
        return Image.fromarray(grey)
    values = np.nan_to_num(np.asarray(image, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(values.max())
    # The format does not say where white is; the smallest usual scale that holds every value does.
    scales = _FULL_SCALES if image.mode == "F" else _FULL_SCALES[1:]
    white = next((scale for scale in scales if highest <= scale), highest)
    np.clip(values, 0.0, white, out=values)
    values *= 255.0 / white
    return Image.fromarray(np.rint(values).astype(np.uint8))
