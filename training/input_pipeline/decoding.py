"""`ImageStore`: images as pixels, read when they are wanted, kept where there is room."""

import math
from collections.abc import Sequence
from threading import Lock

from PIL import Image

from detection.images import ImageError, open_image
from training.datasets.annotated import AnnotatedImage
from training.datasets.defects import DatasetError
from training.datasets.sources import MAX_PIXELS
from training.input_pipeline.resizing import resized_image

_BYTES_A_PIXEL = 3
# A JPEG is decoded at a half, a quarter or an eighth of its size where that is still so many times
# larger than what is wanted: with one only, what the decoder leaves out would be seen.
_DRAFT_MARGIN = 2


class ImageStore:
    """Reads images as the gateway reads them: upright, 8-bit RGB, whatever the file's name.

    Threads may share one.

    Args:
        images: what there is to read.
        largest_hw: no more pixels than this are ever of use; larger images are made smaller, each
            side on its own.
        cache_bytes: how much memory decoded images may take. The first that are read are kept.
    """

    def __init__(
        self,
        images: Sequence[AnnotatedImage],
        largest_hw: tuple[int, int],
        cache_bytes: int = 0,
    ) -> None:
        self._images = images
        self._largest_hw = largest_hw
        self._room = cache_bytes
        self._kept: dict[int, Image.Image] = {}
        self._lock = Lock()

    def image(self, index: int) -> Image.Image:
        """The image at that place, RGB. Others share it: it is not to be changed.

        Raises:
            DatasetError: the file is not there, or no image.
        """
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        pixels = self._read(self._images[index])
        size = pixels.width * pixels.height * _BYTES_A_PIXEL
        with self._lock:
            if index not in self._kept and size <= self._room:
                self._room -= size
                self._kept[index] = pixels
        return pixels

    def _read(self, image: AnnotatedImage) -> Image.Image:
        try:
            file = open_image(image.source.read(), max_pixels=MAX_PIXELS)
            # Which side is which is known after decoding.
            side = _DRAFT_MARGIN * max(self._largest_hw)
            if min(file.size_wh) >= 2 * side:
                file.reduce(side)
            pixels = file.decode().pixels
        except (OSError, ImageError) as error:
            raise DatasetError(f"{image.source} cannot be read: {error}") from error
        height, width = self._largest_hw
        if pixels.width > width or pixels.height > height:
            size_hw = (min(pixels.height, height), min(pixels.width, width))
            pixels = resized_image(pixels, size_hw)
        return pixels


def enlarged(size_hw: tuple[int, int], zoom: float) -> tuple[int, int]:
    """A size of which any part that is shown `zoom` times as large is still sharp."""
    return math.ceil(size_hw[0] * zoom), math.ceil(size_hw[1] * zoom)
