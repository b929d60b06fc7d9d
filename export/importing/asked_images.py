"""The images that a model is asked about when it is brought in."""

from collections.abc import Mapping

import numpy as np

from detection.images import DecodedImage, read_image
from export.images import CANARY_SIDE, as_file, small_pixels
from export.importing.errors import NotImportable
from training.datasets.sources import MAX_PIXELS

DRAWN = 4
DRAWN_SIZE_WH = (400, 300)


def small_images(images: Mapping[str, DecodedImage]) -> dict[str, DecodedImage]:
    """The same, each as a JPEG or PNG file with no side above `CANARY_SIDE`."""
    return {name: _small(image) for name, image in images.items()}


def drawn_images() -> dict[str, DecodedImage]:
    """Drawn hands, the same every time, for want of images of what the model is for.

    Raises:
        NotImportable: the package that draws is not installed.
    """
    try:
        from training.synthetic_hands.scene import Wishes, draw_scene
    except ModuleNotFoundError as error:
        raise NotImportable(
            f"there is no image to ask the model about: --images names a folder; drawing some "
            f"needs the package {error.name!r}, which requirements/training.txt installs"
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
