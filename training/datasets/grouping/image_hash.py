"""A perceptual hash of an image: what stays alike when it is scaled, compressed or brightened.

Source: the DCT hash of Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
(2010): 63 low frequencies of a small gray image, each above or below their median.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dctn

from detection.images import ImageError, open_image
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import MAX_PIXELS

_SIDE, _FREQUENCIES, _THUMBNAIL = 32, 8, 16
# A JPEG is decoded at a fraction of its size while that is above this side, in pixels.
_DECODED_SIDE = 4 * _SIDE
# Gray levels of 0..255: below it there is nothing to tell two images apart by.
_FLAT = 2.0


@dataclass(frozen=True, slots=True)
class ImageHash:
    """What is compared of an image.

    Args:
        bits: the 63 bits of the hash.
        thumbnail: (256,) float32, a 16x16 gray image of mean 0 and norm 1; the scalar product of
            two is their correlation, -1..1.
    """

    bits: int
    thumbnail: npt.NDArray[np.float32]


def hash_image(image: AnnotatedImage) -> ImageHash | None:
    """The hash of an image; None where it cannot be read, or is of one color."""
    try:
        file = open_image(image.source.read(), max_pixels=MAX_PIXELS)
        if min(file.size_wh) >= 2 * _DECODED_SIDE:
            file.reduce(_DECODED_SIDE)
        gray = file.decode().pixels
    except (OSError, ImageError):
        return None
    return hash_pixels(gray)


def hash_pixels(pixels: Image.Image) -> ImageHash | None:
    """The hash of an image's pixels, of any mode and size; None where it is of one color."""
    gray = pixels.convert("L")
    small = np.asarray(gray.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64)
    if small.std() < _FLAT:
        return None
    # Without the first, which is the image's mean.
    low = dctn(small, norm="ortho")[:_FREQUENCIES, :_FREQUENCIES].ravel()[1:]
    bits = int("".join("1" if above else "0" for above in low > np.median(low)), 2)
    step = _SIDE // _THUMBNAIL
    thumbnail = small.reshape(_THUMBNAIL, step, _THUMBNAIL, step).mean((1, 3)).ravel()
    thumbnail -= thumbnail.mean()
    norm = np.linalg.norm(thumbnail)
    if norm == 0:
        return None
    return ImageHash(bits, (thumbnail / norm).astype(np.float32))
