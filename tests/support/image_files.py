"""Image files made where they are needed: small, not square, and different in every corner."""

from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

# Colors far apart, so that no compression mistakes one for another.
COLORS = np.array(
    [
        [(255, 0, 0), (0, 255, 0), (0, 0, 255)],
        [(255, 255, 255), (0, 0, 0), (255, 255, 0)],
    ],
    np.uint8,
)  # (2, 3, 3)
BLOCK_PX = 16


def colored() -> Image.Image:
    """48 wide and 32 high: six blocks of one color each, so large that JPEG keeps them."""
    pixels = COLORS.repeat(BLOCK_PX, axis=0).repeat(BLOCK_PX, axis=1)  # (32, 48, 3)
    return Image.fromarray(pixels)


def as_file(image: Image.Image, file_format: str, **options: Any) -> bytes:
    """`image` as a file of Pillow's `file_format`, or HEIC."""
    file = BytesIO()
    if file_format == "HEIC":
        pillow_heif.from_pillow(image).save(file, **options)
        return file.getvalue()
    image.save(file, file_format, **options)
    return file.getvalue()


def block_colors(image: Image.Image) -> npt.NDArray[np.int16]:
    """The color in the middle of each block: (rows, columns, 3)."""
    middle = BLOCK_PX // 2
    return np.asarray(image, np.int16)[middle::BLOCK_PX, middle::BLOCK_PX]
