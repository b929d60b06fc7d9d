"""Lists of images that say a split: `train.txt`, `ImageSets/Main/val.txt`, Oxford pets' `test.txt`.

A text file that is called like a split, whose lines are images: with or without suffix and folders,
and behind them, if anything, whole numbers. It holds for every format that says no split itself.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from training.datasets.annotated import SPLITS
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.files.image_names import is_whole_path, without_image_suffix
from training.datasets.formats.splits.folders import TRAINVAL, split_of_list, splits_of_path
from training.datasets.formats.splits.hints import NO_HINTS, SplitHints
from training.datasets.formats.splits.words import sibling_splits, splits_around
from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.guessing import guess_text

# Such as `VOCdevkit/VOC2012/ImageSets/Main`.
_MAX_FOLDERS = 5
# Of VOC's lists those of other tasks are of other images.
_IMAGE_SETS, _DETECTION = "imagesets", "main"
# Looked for first: of a million label files' names most have none, and need not be taken apart.
_NAMES_A_SPLIT = re.compile(r"(?:train|val|test|dev)[^/]*$", re.IGNORECASE)
# VOC's 1 and -1, Oxford pets' numbers of class, species and breed.
_NUMBERS_BEHIND = re.compile(r"(?:\s+-?\d+)+$")
_LOOKED_AT = 50


@dataclass
class SplitLists:
    """The lists of a data set.

    Args:
        by_end: the splits and lists of the lines that end so, by each end of their paths: the base
            name without its suffix, the same with its folder, and so on.
        siblings: the folders of images that say a split beside one of another.
    """

    by_end: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    siblings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, index: FileIndex, images: Iterable[str], encoding: str | None = None
    ) -> "SplitLists":
        """Read those that there are.

        Args:
            index: the files of the data set.
            images: the paths of its images.
            encoding: of the lists; None to find out.
        """
        texts = filter(_may_be, index.with_suffix(".txt", max_depth=_MAX_FOLDERS))
        candidates = [
            (path, split) for path in texts if (split := split_of_list(PurePosixPath(path).stem))
        ]
        images = list(images)
        found = cls(siblings=sibling_splits(images))
        if not candidates:
            return found
        stems = {_stem(path) for path in images}
        lines = {path: read for path, _ in candidates
                 if (read := _images_of(_text(index, path, encoding), stems))}  # fmt: skip
        splits = {split for path, split in candidates if path in lines}
        for path, split in candidates:
            # `trainval` says nothing where others divide it.
            if split == TRAINVAL and not splits.isdisjoint(("train", "val")):
                continue
            found._add(lines.get(path, ()), "train" if split == TRAINVAL else split, path)
        return found

    def _add(self, lines: Iterable[str], split: str, list_path: str) -> None:
        own = frozenset({(split, list_path)})
        for line in lines:
            for end in _ends(line):
                known = self.by_end.get(end, own)
                # Nearly all ends are of one list: they share its set.
                self.by_end[end] = known if known >= own else known | own

    def hints(self, said: str, path: str = "") -> SplitHints:
        """What lists and folders say of an image.

        Args:
            said: what the annotation calls it.
            path: where it lies, from the root or the folder of `--images`; empty where it does not.
        """
        said = said.replace("\\", "/")
        splits, lists = self._of_image(path or said)
        there, called = splits_around(path, self.siblings), splits_of_path(said)
        # What a path says from its machine's root, or from outside, is not of this data set.
        of_machine = is_whole_path(said) or ".." in said.split("/")
        folder, *outer = there or (() if of_machine else called) or (None,)
        if not splits and not called and folder is None:
            return NO_HINTS
        return SplitHints(splits, lists, folder, tuple(outer), next(iter(called), None))

    def _of_image(self, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The splits of the lists that name an image, in the order of `SPLITS`, and these lists.

        Of several lines on images of its base name those count that share most folders with it.
        """
        best: frozenset[tuple[str, str]] = frozenset()
        for end in _ends(path):
            if end not in self.by_end:
                break
            best = self.by_end[end]
        splits = {split for split, _ in best}
        return (tuple(split for split in SPLITS if split in splits),
                tuple(sorted({list_path for _, list_path in best})))  # fmt: skip


def _may_be(path: str) -> bool:
    if not _NAMES_A_SPLIT.search(path):
        return False
    folders = path.lower().split("/")[:-1]
    return _IMAGE_SETS not in folders or folders[-1] in (_IMAGE_SETS, _DETECTION)


def _stem(path: str) -> str:
    return without_image_suffix(path).rpartition("/")[2]


def _text(index: FileIndex, path: str, encoding: str | None) -> str:
    try:
        return guess_text(index.path(path).read_bytes(), encoding).text
    except (OSError, UnknownEncoding):
        return ""


def _images_of(text: str, stems: set[str]) -> list[str]:
    """The images of a list; none where half of its first lines are something else."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    found = [_image(line, stems) for line in lines]
    looked_at: Sequence[str] = [each for each in found[:_LOOKED_AT] if each]
    if len(looked_at) * 2 <= min(len(found), _LOOKED_AT):
        return []
    return [each for each in found if each]


def _image(line: str, stems: set[str]) -> str:
    """The path in a line, which may have spaces; empty where there is no image of that name."""
    for said in (line, _NUMBERS_BEHIND.sub("", line)):
        path = said.replace("\\", "/").removeprefix("./")
        if _stem(path) in stems:
            return path
    return ""


def _ends(path: str) -> Iterator[str]:
    """The ends of a path without its suffix: its last part, its last two, up to the whole."""
    path = without_image_suffix(path)
    at = path.rfind("/")
    while at >= 0:
        yield path[at + 1 :]
        at = path.rfind("/", 0, at)
    yield path
