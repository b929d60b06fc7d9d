"""The pictures that a model is asked about when it is brought in."""

from collections.abc import Mapping

import numpy as np

from detection.pictures import Picture, read_picture
from export.importing.errors import NotImportable
from export.pictures import CANARY_SIDE, as_file, small_pixels
from training.datasets.sources import MAX_PIXELS

DRAWN = 4
DRAWN_SIZE_WH = (400, 300)


def small_pictures(pictures: Mapping[str, Picture]) -> dict[str, Picture]:
    """The same, each as a JPEG or PNG file with no side above `CANARY_SIDE`."""
    return {name: _small(picture) for name, picture in pictures.items()}


def drawn_pictures() -> dict[str, Picture]:
    """Drawn hands, the same every time, for want of pictures of what the model is for.

    Raises:
        NotImportable: the package that draws is not installed.
    """
    try:
        from training.datasets.hands.scene import Wishes, draw_scene
    except ModuleNotFoundError as error:
        raise NotImportable(
            f"there is no picture to ask the model about: --pictures names a folder; drawing some "
            f"needs the package {error.name!r}, which requirements/training.txt installs"
        ) from error
    wishes = Wishes(size_wh=DRAWN_SIZE_WH, empty_share=0.0, smallest=0.6)
    generator = np.random.default_rng(4)
    return {
        f"drawn hand {number}": read_picture(
            as_file(draw_scene(wishes, generator).pixels, "JPEG"), max_pixels=MAX_PIXELS
        )
        for number in range(1, DRAWN + 1)
    }


def _small(picture: Picture) -> Picture:
    if picture.plain_file and max(picture.width, picture.height) <= CANARY_SIDE:
        return picture
    return read_picture(as_file(small_pixels(picture), picture.format), max_pixels=MAX_PIXELS)
