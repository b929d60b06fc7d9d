"""The data of an experiment: sources of annotated images."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from training.datasets.class_renaming import check_renames
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, refuse_ambiguous
from training.datasets.formats.files.image_files import read_text
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.formats.option_table import DATA_OPTIONS
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import FORMATS, read_dataset
from training.datasets.formats.text.guessing import known_encoding
from training.datasets.notes import listed
from training.datasets.workers import Workers


@dataclass(frozen=True)
class DataSource:
    """One data set, or a split of it. Paths are taken from the current folder.

    Args:
        path: its folder or file.
        format: of which form it is; null to find out.
        split: the part that is used; null for all images.
        image_list: a text file that names the images that are used, one a line, after their split
            and `/` where they have one; null for all.
        share: of the images that are learned from, in any unit, for all sources or for none;
            null for as many as each has.
        classes: names in the order of the numbers in the files, where the files have none.
        label_map: a label_map.pbtxt: the only classes that are known.
        rename: other names for classes, by the name in the files, such as `{fist: zero}`; several
            may become one.
        images: where the images are, if not where the format has them.
        columns: for a CSV of columns of its own: what each means, by meaning.
        categories: for a CSV: the file that names the numbers in the class column.
        hands: EgoHands as `one` class or `four`.
        voc_first_pixel: where Pascal VOC's corners count from, 0 or 1; null to find out.
        crowd_as_single: COCO's crowds as single objects, for tools that mark every mask as one.
        first_class: the number of the first class, where files have numbers; null to find out.
        exif_frame: whether annotations of images that EXIF turns are of the `upright` image or of
            the `stored` one; null to find out.
        box_form: `xyxy` where boxes are two corners and the format has a width and a height in
            the place of the second, `xywh` where they have those; null to find out.
        encoding: of text files that are not UTF-8, such as cp1251; null to find out.
    """

    path: Path
    format: str | None = None
    split: str | None = None
    image_list: Path | None = None
    share: float | None = None
    classes: tuple[str, ...] = ()
    label_map: Path | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    images: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    categories: Path | None = None
    hands: Literal["one", "four"] = "one"
    voc_first_pixel: int | None = None
    crowd_as_single: bool = False
    first_class: int | None = None
    exif_frame: Literal["upright", "stored"] | None = None
    box_form: Literal["xywh", "xyxy"] | None = None
    encoding: str | None = None

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, but is {self.format!r}")
        if self.share is not None and not 0 < self.share < math.inf:
            raise ValueError(f"share must be above 0, but is {self.share}")
        if self.voc_first_pixel not in (None, 0, 1):
            raise ValueError(f"voc_first_pixel must be 0, 1 or null, but is {self.voc_first_pixel}")
        check_renames(self.rename)
        if self.first_class is not None and self.first_class < 0:
            raise ValueError(f"first_class must be 0 or more, or null, but is {self.first_class}")
        known_encoding(self.encoding)

    def options(self) -> ReadOptions:
        """How it is to be read.

        Raises:
            DatasetError: the label map cannot be read.
        """
        encoding = known_encoding(self.encoding)
        said = {row.read_field: getattr(self, row.setting) for row in DATA_OPTIONS}
        said |= {
            "label_map": read_label_map(self.label_map, encoding) if self.label_map else None,
            "one_hand_class": self.hands == "one",
            "encoding": encoding,
        }
        return ReadOptions(**said)

    def read(self, workers: Workers) -> Dataset:
        """The images of the split, with what was wrong repaired.

        Raises:
            DatasetError: it cannot be read, or there are no images in the split.
        """
        options = self.options()
        dataset = read_dataset(self.path, self.format, options, workers)
        refuse_ambiguous(dataset.defects)
        if self.split is not None:
            splits = ", ".join(str(split) for split in dataset.splits if split is not None)
            dataset = dataset.of_split(self.split)
            if not len(dataset):
                raise DatasetError(
                    f"{self.path}: there are no images in the split {self.split!r}; there is "
                    f"{splits or 'none'}"
                )
        if self.image_list is not None:
            dataset = _listed(dataset, self.path, self.image_list)
        if not len(dataset):
            raise DatasetError(f"{self.path}: there are no images in it")
        return dataset


def _listed(dataset: Dataset, path: Path, image_list: Path) -> Dataset:
    names = {line for line in read_text(image_list).splitlines() if line}
    kept = tuple(each for each in dataset.images if each.full_name in names)
    missing = sorted(names - {each.full_name for each in kept})
    if missing:
        raise DatasetError(
            f"{path} has no {listed(missing)}, which {image_list} names: put the images back, or "
            "take them out of the list"
        )
    return replace(dataset, images=kept)


@dataclass(frozen=True)
class DataSection:
    """What is learned from, and what is measured on.

    Args:
        train: sources of images to learn from.
        validation: sources of images to measure on, none of which is learned from; empty for
            a training without a measurement.
        label_map: the classes, a label_map.pbtxt; null for those of the first source.
        cache_megabytes: memory for decoded images.
    """

    train: tuple[DataSource, ...]
    validation: tuple[DataSource, ...] = ()
    label_map: Path | None = None
    cache_megabytes: float = 1024.0

    def __post_init__(self) -> None:
        if not self.train:
            raise ValueError("train must name at least one source, but is empty")
        without = sum(source.share is None for source in self.train)
        if without not in (0, len(self.train)):
            raise ValueError("train must give a share to each source or to none")
        if not 0 <= self.cache_megabytes < math.inf:
            raise ValueError(f"cache_megabytes must be 0 or more, but is {self.cache_megabytes}")
