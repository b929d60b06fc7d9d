"""The real pictures on which an exported model is compared with the trained one."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from detection.pictures import Picture, PictureError, read_picture
from export.errors import NoPictures
from training.datasets.annotated import AnnotatedPicture
from training.datasets.sources import MAX_PIXELS

# Spread over all that there are.
MOST = 32
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")


Item = TypeVar("Item")


def pictures_in(folder: Path) -> dict[str, Picture]:
    """Some of the pictures below a folder, by name; files that are none are passed over.

    Raises:
        NoPictures: there is none.
    """
    files = sorted(each for each in folder.rglob("*") if each.suffix.lower() in SUFFIXES)
    found = _read((str(each), each.read_bytes) for each in _spread(files))
    if not found:
        raise NoPictures(f"{folder} holds no picture that can be read")
    return found


def pictures_of(annotated: Sequence[AnnotatedPicture]) -> dict[str, Picture]:
    """Some of a data set's pictures, by name."""
    return _read((each.name, each.source.read) for each in _spread(annotated))


def _spread(items: Sequence[Item]) -> list[Item]:
    step = max(1, len(items) / MOST)
    return [items[int(place * step)] for place in range(min(MOST, len(items)))]


def _read(sources: Iterable[tuple[str, Callable[[], bytes]]]) -> dict[str, Picture]:
    found = {}
    for name, read in sources:
        try:
            found[name] = read_picture(read(), max_pixels=MAX_PIXELS)
        except (OSError, PictureError):
            continue
    return found
