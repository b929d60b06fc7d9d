"""Test images of an import: the given ones made small, or drawn hands."""

from collections.abc import Mapping

import numpy as np

from detection.images import DecodedImage, read_image
from export.images import CANARY_SIDE, as_file, small_pixels
from export.importing.errors import NotImportable
from training.datasets.sources import MAX_PIXELS

DRAWN = 4
DRAWN_SIZE_WH = (400, 300)


def small_images(images: Mapping[str, DecodedImage]) -> dict[str, DecodedImage]:
    """Make the images small: JPEG or PNG files with no side above `CANARY_SIDE`."""
    return {name: _small(image) for name, image in images.items()}


def drawn_images() -> dict[str, DecodedImage]:
    """Draw hands, the same every time, when no images are given.

    Raises:
        NotImportable: the package that draws is not installed.
    """
    try:
        from training.synthetic_hands.scene import Wishes, draw_scene
    except ModuleNotFoundError as error:
        raise NotImportable(
            "no image to test the model with: give a folder of --images, or install the package "
            f"{error.name!r} (requirements/training.txt) to draw some"
        ) from error
    wishes = Wishes(size_wh=DRAWN_SIZE_WH, empty_share=0.0, smallest=0.6)
    generator = np.random.default_rng(4)
    return {
        f"drawn hand {number}": read_image(
            as_file(draw_scene(wishes, generator).pixels, "JPEG"), max_pixels=MAX_PIXELS
        )
        for number in range(1, DRAWN + 1)
    }


def _small(image: DecodedImage) -> DecodedImage:
    if image.plain_file and max(image.width, image.height) <= CANARY_SIDE:
        return image
    return read_image(as_file(small_pixels(image), image.format), max_pixels=MAX_PIXELS)
