"""Transparency laid on white."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]


def on_white(pixels: Pixels, alpha: Pixels, *, premultiplied: bool = False) -> Pixels:
    """What is seen of `pixels` over a white ground.

    Args:
        pixels: (H, W, C), 0 to 255.
        alpha: (H, W), 0 for transparent to 255 for opaque.
        premultiplied: whether `pixels` are multiplied by `alpha` already ("associated").
    """
    if premultiplied:
        summed = pixels.astype(np.uint16) + (255 - alpha)[..., None]
        seen: Pixels = np.minimum(summed, 255, out=summed).astype(np.uint8)
        return seen
    image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0])
    ground = Image.new(image.mode, image.size, "white")
    ground.paste(image, mask=Image.fromarray(alpha))
    laid = np.asarray(ground)
    return laid if laid.ndim == 3 else laid[..., None]
