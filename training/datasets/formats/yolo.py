"""YOLO: `images/*.jpg` and `labels/*.txt`, a line an object, classes in `data.yaml`.

Source: Ultralytics' data set formats. A line is the class's number from 0, then the box as centre
and size in 0..1; or the points of one polygon, x and y in turn; or, where `data.yaml` has
`kpt_shape`, the box and the keypoints. A picture without a label file has no objects.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets.annotated import NOT_LABELLED, VISIBLE
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import (
    draft_of_file,
    pictures_under,
    read_text,
    split_of_word,
)
from training.datasets.formats.yolo_description import (
    CLASS_LISTS,
    Description,
    describe,
    description_file,
)
from training.datasets.sources import FilePicture
from training.datasets.workers import Workers

BOX_FIELDS = 5


@dataclass(frozen=True)
class _Labelled:
    """A picture, its name, and where its labels would be."""

    picture: Path
    name: str
    labels: Path
    split: str | None


def looks_like(path: Path) -> bool:
    """Whether `path` is a `data.yaml`, or has one, a class list, or `labels` beside `images`."""
    if path.is_file():
        return path.suffix in (".yaml", ".yml")
    if description_file(path) is not None:
        return True
    pairs = ((path / depth).glob("labels") for depth in ("", "train", "valid", "val", "test"))
    beside = any((labels.parent / "images").is_dir() for found in pairs for labels in found)
    return beside or any((path / name).is_file() for name in CLASS_LISTS)


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read the folder of a `data.yaml`, or any with pictures, labels and a list of classes.

    Raises:
        DatasetError: no pictures, or no classes; `data.yaml` is not as it should be.
    """
    description = describe(path, options)
    root = path if path.is_dir() else path.parent
    labelled = list(_labelled(root, description, options.pictures_dir))
    if not labelled:
        raise DatasetError(f"{path}: no pictures")
    read_one = partial(_read_picture, description=description)
    parsed = list(workers.map(read_one, labelled, "labels"))
    parsed += _labels_without_picture(root, {each.labels for each in labelled})
    return gather(
        parsed, path, options, classes=description.classes,
        keypoint_names=description.keypoint_names,
    )  # fmt: skip


def _labelled(
    root: Path, description: Description, pictures_dir: Path | None
) -> Iterator[_Labelled]:
    """Every picture of the data set; those of `data.yaml` where it says which."""
    if pictures_dir is not None or not description.splits:
        base = pictures_dir or root
        for picture in pictures_under(base):
            inside = picture.relative_to(base).parts
            split = next(filter(None, map(split_of_word, inside[:-1])), None)
            name = "/".join(part for part in inside if not _names_only_a_split(part))
            yield _Labelled(picture, name, labels_file(picture, root), split)
        return
    for split, places in description.splits.items():
        for place in places:
            for picture, name in _pictures_at(place):
                yield _Labelled(picture, name, labels_file(picture, root), split)


def _names_only_a_split(part: str) -> bool:
    return part in ("images", "JPEGImages") or split_of_word(part) is not None


def _pictures_at(place: Path) -> Iterator[tuple[Path, str]]:
    if place.is_file():
        for line in read_text(place).splitlines():
            if line.strip():
                yield place.parent / line.strip(), Path(line.strip()).name
        return
    for picture in pictures_under(place):
        yield picture, picture.relative_to(place).as_posix()


def labels_file(picture: Path, root: Path) -> Path:
    """Where a picture's labels are: beside it, or in `labels` where it is in `images`.

    Example:
        >>> labels_file(Path("d/images/train/1.jpg"), Path("d")).as_posix()
        'd/labels/train/1.txt'
    """
    try:
        inside = list(picture.relative_to(root).parts)
    except ValueError:
        inside, root = list(picture.parts), Path()
    folders = [number for number, part in enumerate(inside[:-1]) if part == "images"]
    if folders:
        inside[folders[-1]] = "labels"
    return root.joinpath(*inside).with_suffix(".txt")


def _labels_without_picture(root: Path, known: set[Path]) -> list[Parsed]:
    found = (file for folder in sorted(root.rglob("labels")) for file in folder.rglob("*.txt"))
    return [
        dropped(str(file), DefectKind.MISSING_PICTURE, "there is no picture of that name")
        for file in sorted(found)
        if file not in known and file.name not in CLASS_LISTS
    ]


def _read_picture(labelled: _Labelled, description: Description) -> Parsed:
    has_labels = labelled.labels.is_file()
    origin = str(labelled.labels if has_labels else labelled.picture)
    draft = draft_of_file(labelled.name, FilePicture(labelled.picture), origin)
    if isinstance(draft, Parsed):
        return draft
    draft.split = labelled.split
    if has_labels:
        try:
            text = read_text(labelled.labels)
        except DatasetError as error:
            return dropped(origin, DefectKind.BAD_ANNOTATION, str(error))
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                _add_line(draft, f"line {number}", line, description)
    return draft.finish()


def _add_line(draft: PictureDraft, place: str, line: str, description: Description) -> None:
    try:
        numbers = [float(word) for word in line.split()]
    except ValueError:
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        message = f"numbers were expected, but the line is {line.strip()[:60]!r}"
        draft.report(place, DefectKind.BAD_ANNOTATION, message)
        return
    class_number, values = numbers[0], np.array(numbers[1:])
    if class_number != int(class_number) or not 0 <= class_number < len(description.classes):
        message = f"class {class_number:g}, but there are {len(description.classes)}, from 0"
        draft.report(place, DefectKind.UNKNOWN_CLASS, message)
        return
    label = description.classes[int(class_number)]
    shape = description.keypoint_shape
    if len(numbers) == BOX_FIELDS:
        draft.add(place, label, _corners(values, draft))
    elif shape is not None and len(values) == 4 + shape[0] * shape[1]:
        keypoints = _keypoints(values[4:].reshape(shape), draft)
        draft.add(place, label, _corners(values[:4], draft), keypoints_xyv=keypoints)
    elif shape is None and len(values) >= 6 and len(values) % 2 == 0:
        polygon = values.reshape(-1, 2) * (draft.width, draft.height)
        draft.add(place, label, None, polygons_xy=[polygon])
    else:
        message = f"{len(numbers)} numbers are neither a box ({BOX_FIELDS}) nor a polygon"
        draft.report(place, DefectKind.BAD_ANNOTATION, message)


def _corners(values: Any, draft: PictureDraft) -> list[float]:
    sides = (draft.width, draft.height, draft.width, draft.height)
    x, y, width, height = (float(value) * side for value, side in zip(values, sides, strict=True))
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _keypoints(values: Any, draft: PictureDraft) -> Any:
    """(K, 3) x, y in pixels and visibility; without one, what lies at 0, 0 is not labelled."""
    points = values[:, :2] * (draft.width, draft.height)
    if values.shape[1] == 3:
        visibility = values[:, 2]
    else:
        visibility = np.where(values.any(1), VISIBLE, NOT_LABELLED)
    return np.column_stack([points, visibility])
