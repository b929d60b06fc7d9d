"""Real images to compare an exported model with the trained one on."""

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image

from detection.images import DecodedImage, ImageError, read_image
from detection.images.formats import SUFFIXES
from export.errors import NoImages
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import MAX_PIXELS

# At most so many, spread evenly over all images.
MOST = 32
# A canary's image need not be larger; it is stored with the model, often in a repository.
CANARY_SIDE = 480


Item = TypeVar("Item")


def images_in(folder: Path) -> dict[str, DecodedImage]:
    """Read some of the images below a folder, by name; unreadable files are skipped.

    Raises:
        NoImages: none can be read.
    """
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES)
    found = _read((str(each), each.read_bytes) for each in _spread(files))
    if not found:
        raise NoImages(f"{folder} has no readable image")
    return found


def images_of(annotated: Sequence[AnnotatedImage]) -> dict[str, DecodedImage]:
    """Read some of a data set's images, by name."""
    return _read((each.name, each.source.read) for each in _spread(annotated))


def small_pixels(image: DecodedImage) -> Image.Image:
    """Copy an image's pixels, with no side above `CANARY_SIDE`."""
    pixels = image.pixels.copy()
    pixels.thumbnail((CANARY_SIDE, CANARY_SIDE))
    return pixels


def as_file(pixels: Image.Image, image_format: str) -> bytes:
    """Encode as PNG if the source was one, else as JPEG of high quality."""
    file = io.BytesIO()
    if image_format == "PNG":
        pixels.save(file, "PNG")
    else:
        pixels.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


def _spread(items: Sequence[Item]) -> list[Item]:
    step = max(1, len(items) / MOST)
    return [items[int(place * step)] for place in range(min(MOST, len(items)))]


def _read(sources: Iterable[tuple[str, Callable[[], bytes]]]) -> dict[str, DecodedImage]:
    found = {}
    for name, read in sources:
        try:
            found[name] = read_image(read(), max_pixels=MAX_PIXELS)
        except (OSError, ImageError):
            continue
    return found
