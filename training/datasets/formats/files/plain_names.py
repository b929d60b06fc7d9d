"""Names under which images can lie in a folder, and are found there again.

Readers pass over what is hidden or was left behind by tools, know images by their suffix, and take
a folder called `train` for a split; the names of TFRecords' images, for one, are bound by nothing.
What would be read as something else is called otherwise where it is written.
"""

import unicodedata
from dataclasses import replace
from itertools import chain, count
from pathlib import PurePosixPath

from detection.images import UnreadableImage
from detection.images.formats import SUFFIXES, SUFFIXES_OF_FORMAT
from training.datasets.dataset import Dataset
from training.datasets.formats.files.file_index import LEFT_BEHIND, LEFT_BEHIND_FILES
from training.datasets.formats.files.image_folders import IMAGE_FOLDERS
from training.datasets.formats.splits.folders import split_of_folder, split_of_path
from training.datasets.notes import listed
from training.datasets.sources import ImageSource, read_header

# Control characters, ends of lines, and what UTF-8 cannot hold.
_NEVER = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Between folders, and after a drive, on some systems.
_SEPARATORS = frozenset("\\:")
_NO_PART = frozenset(map(str.lower, IMAGE_FOLDERS))


def with_plain_names(dataset: Dataset) -> Dataset:
    """The data set with every image called by a name that is found again, and is no other's."""
    taken: set[tuple[str | None, str]] = set()
    images = []
    for image in dataset.images:
        name, split = plain_name(image.name, image.source), image.split
        if split_of_path(name) not in (None, split) or (split, _as_read(name)) in taken:
            # A folder called `train` would be its split, and one called `images` is no part of it.
            name = name.replace("/", "_")
        path = PurePosixPath(name)
        numbered = (str(path.with_name(f"{path.stem}-{at}{path.suffix}")) for at in count(2))
        name = next(each for each in chain((name,), numbered)
                    if (split, _as_read(each)) not in taken)  # fmt: skip
        taken.add((split, _as_read(name)))
        images.append(image if name == image.name else replace(image, name=name))
    return replace(dataset, images=tuple(images))


def renamed(dataset: Dataset) -> list[str]:
    """A line on the names that `with_plain_names` changes, if any."""
    changed = [
        f"{before.name!r} becomes {after.name!r}"
        for before, after in zip(dataset.images, with_plain_names(dataset).images, strict=True)
        if before.name != after.name
    ]
    if not changed:
        return []
    whose = "image, whose name" if len(changed) == 1 else "images, whose names"
    return [f"{len(changed)} {whose} would be read as something else: {listed(changed)}"]


def plain_name(name: str, source: ImageSource) -> str:
    """A path of which no part is hidden, left behind or unprintable, with an image's suffix."""
    plain = "/".join(map(_plain_part, name.split("/")))
    if not plain.lower().endswith(SUFFIXES):
        plain += _suffix_of(source)
    return plain


def _plain_part(part: str) -> str:
    plain = part
    # Nearly every one is; the categories of a million names' letters take half a minute.
    if not part.isprintable() or not _SEPARATORS.isdisjoint(part):
        plain = "".join(
            "_" if unicodedata.category(each) in _NEVER or each in _SEPARATORS else each
            for each in part
        )
    if plain.startswith("."):
        plain = "_" + plain[1:]
    if plain.lower() in LEFT_BEHIND | LEFT_BEHIND_FILES:
        plain = f"_{plain}"
    return plain or "_"


def _suffix_of(source: ImageSource) -> str:
    """By the content; that it cannot be read is told where it is copied."""
    try:
        return SUFFIXES_OF_FORMAT[read_header(source).format][0]
    except (OSError, UnreadableImage):
        return ".jpg"


def _as_read(name: str) -> str:
    """A name without the folders that say that images are in them, or of which split."""
    *folders, file = name.split("/")
    kept = [each for each in folders if each.lower() not in _NO_PART and not split_of_folder(each)]
    return "/".join((*kept, file))
