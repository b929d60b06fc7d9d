"""YOLO's images with what their label files say, once it is known what class numbers count from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from detection.label_map_text import LABEL_MAP_NAME
from training.datasets.defects import DatasetError, Defect, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.class_numbers import class_numbers
from training.datasets.formats.files.image_files import draft_of_file, read_text
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import split_of_path
from training.datasets.formats.splits.hints import SplitHints
from training.datasets.formats.yolo.description import Description
from training.datasets.formats.yolo.labels import add_line
from training.datasets.formats.yolo.places import YoloImage
from training.datasets.notes import NoteKind
from training.datasets.sources import FileImage, ImageHeader
from training.datasets.workers import Workers


@dataclass(frozen=True)
class Labelled:
    """An image, its label file where it has one, and the classes where they are its folder's."""

    image: YoloImage
    labels: Path | None
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _ReadImage:
    """What came of an image, the class numbers that its labels have, and its file's header."""

    parsed: Parsed
    numbers: frozenset[int] = frozenset()
    header: ImageHeader | None = None


@dataclass(frozen=True)
class YoloImages:
    """What came of all images.

    Args:
        parsed: of each.
        first_class: the number that the first class has in the labels.
        defects: that no repair can decide what class numbers count from.
    """

    parsed: list[Parsed]
    first_class: int
    defects: list[Defect] = field(default_factory=list)


def read_images(
    files: SourceFiles,
    labelled: Sequence[Labelled],
    description: Description,
    options: ReadOptions,
    workers: Workers,
) -> YoloImages:
    """Read every image's header and labels, with a note on what class numbers were counted from.

    Images with classes of their own are a set of their own, whose numbers may count otherwise.
    """
    by_classes: dict[tuple[str, ...], list[int]] = {}
    for at, each in enumerate(labelled):
        by_classes.setdefault(each.classes or description.classes, []).append(at)
    parsed: dict[int, Parsed] = {}
    defects: list[Defect] = []
    firsts: list[int] = []
    for classes, places in by_classes.items():
        found = _read_counted(
            files, [labelled[at] for at in places], replace(description, classes=classes),
            options, workers,
        )  # fmt: skip
        parsed |= dict(zip(places, found.parsed, strict=True))
        defects += found.defects
        firsts.append(found.first_class)
    # Images without labels count from nothing, which is 0.
    return YoloImages([parsed[at] for at in range(len(labelled))], max(firsts, default=0), defects)


def _read_counted(
    files: SourceFiles,
    labelled: Sequence[Labelled],
    description: Description,
    options: ReadOptions,
    workers: Workers,
) -> YoloImages:
    """Read images whose labels have the description's classes.

    Numbers are known when all labels are read: where they count otherwise, these are read again.
    """
    asked = options.first_class
    expected = asked if asked is not None else description.said_first or 0
    found = _read(labelled, replace(description, first_class=expected), options, workers)
    used = frozenset[int]().union(*(each.numbers for each in found))
    numbers = class_numbers(
        used, description.classes, said=description.said_first, asked=asked,
        is_converted=_is_converted(description),
    )  # fmt: skip
    where = str(description.file or files.path)
    if numbers.guess:
        files.note(NoteKind.GUESSED, numbers.guess, where)
    if numbers.first != expected:
        counted = replace(description, first_class=numbers.first)
        found = _read(labelled, counted, options, workers, [each.header for each in found])
    return YoloImages([each.parsed for each in found], numbers.first, numbers.defects(where))


def _is_converted(description: Description) -> bool:
    """Whether `data.yaml` came out of a conversion, which leaves a label map beside it."""
    file = description.file
    return file is not None and (file.parent / LABEL_MAP_NAME).is_file()


def _read(
    labelled: Sequence[Labelled],
    description: Description,
    options: ReadOptions,
    workers: Workers,
    headers: Sequence[ImageHeader | None] | None = None,
) -> list[_ReadImage]:
    one = partial(_read_image, description=description, options=options)
    work = zip(labelled, headers or [None] * len(labelled), strict=True)
    return list(workers.map(one, list(work), "labels"))


def _read_image(
    work: tuple[Labelled, ImageHeader | None], description: Description, options: ReadOptions
) -> _ReadImage:
    labelled, header = work
    image, labels = labelled.image, labelled.labels
    origin = str(labels if labels is not None else image.file)
    source = FileImage(image.file)
    draft = draft_of_file(image.name, source, origin, exif_frame=options.exif_frame, header=header)
    if isinstance(draft, Parsed):
        return _ReadImage(draft)
    draft.box_form = options.box_form
    draft.split, draft.hints = (
        image.split,
        SplitHints(image.listed, image.lists, image.folder or split_of_path(image.inside or "")),
    )
    numbers: set[int] = set()
    if labels is not None:
        try:
            text = read_text(labels, options.encoding)
        except DatasetError as error:
            return _ReadImage(dropped(origin, DefectKind.BAD_ANNOTATION, str(error)))
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                class_number = add_line(draft, f"line {number}", line, description)
                numbers.update(() if class_number is None else (class_number,))
    return _ReadImage(draft.finish(), frozenset(numbers), draft.header)
