"""Reading TFRecords: ours, and anybody's with the Object Detection API's keys or such as are known.

Whatever is wrong with one record is a defect, and the others are read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from detection.images.formats import SUFFIXES as IMAGE_SUFFIXES
from tfrecord.records import BadRecord
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, Defect, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import split_of_word
from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.classes import (
    Classes,
    doubted,
    merged,
    named,
    names_of_numbers,
    numbers_in,
)
from training.datasets.formats.tfrecord.example import Values, parse_example
from training.datasets.formats.tfrecord.objects import read_record, texts_that_disagree
from training.datasets.formats.tfrecord.other_keys import counts_from_zero, standard_features
from training.datasets.formats.tfrecord.record_file import (
    begins_with_a_record,
    is_named_so,
    missing_shards,
    numbered_records,
    plain_file,
)
from training.datasets.formats.tfrecord.record_values import Record
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

# What is never a record file, so that a folder of a million images is not opened one by one.
_NEVER = (
    *IMAGE_SUFFIXES, ".txt", ".json", ".xml", ".csv", ".pbtxt", ".yaml", ".yml", ".md", ".zip",
    ".py", ".html", ".mat", ".parquet", ".npz",
)  # fmt: skip


@dataclass(frozen=True)
class _File:
    """A record file as it lies there, where it can be read, and what its classes are."""

    path: Path
    plain: Path
    classes: Classes


@dataclass
class _Found:
    """What is in one file."""

    parsed: list[Parsed] = field(default_factory=list)
    keypoint_names: tuple[str, ...] = ()
    from_zero: bool = False
    records: int = 0
    disagreeing: int = 0
    first_disagreeing: str = ""


def find(files: SourceFiles) -> list[str]:
    """The TFRecord files, by name or by their first bytes."""
    if files.path.is_file():
        return [files.path.name] if _is_one(files.path) else []
    # Names first, as text: of a million images none is looked at.
    return [
        path for path in files.index.files
        if (not path.lower().endswith(_NEVER) or is_named_so(PurePosixPath(path)))
        and _is_one(files.index.path(path))
    ]  # fmt: skip


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file.

    The split is said by a folder, or a name such as `train.record-00000-of-00002`.

    Raises:
        DatasetError: there are none, no record can be read, or nothing names the classes.
    """
    inside = find(files)
    if not inside:
        raise DatasetError(f"{files.path}: no TFRecord files (*.record, *.tfrecord, *.tfrec)")
    files.use(*inside)
    paths = [files.path_of(each) for each in inside]
    ones = [_File(path, plain_file(path), Classes.beside(path, files.root)) for path in paths]
    one = partial(_read_file, exif_frame=options.exif_frame)
    results = list(workers.map(one, ones, "record files", heavy=True))
    keypoint_names = max((found.keypoint_names for found in results), key=len, default=())
    numbers = {number for found in results for number in numbers_in(found.parsed)}
    from_zero = any(found.from_zero for found in results)
    parsed: list[Parsed] = []
    by_names: dict[tuple[tuple[int, str], ...], dict[str, set[int]]] = {}
    for file, found in zip(ones, results, strict=True):
        names = names_of_numbers(file.classes, options, numbers, from_zero=from_zero)
        own_numbers = numbers_in(found.parsed)
        # A shard has few of the numbers: all with the same names are judged together.
        by_names.setdefault(tuple(names.items()), {})[str(file.path)] = own_numbers
        if own_numbers and not names:
            shown = ", ".join(map(str, sorted(numbers)[:10]))
            raise DatasetError(
                f"{file.path}: the classes have numbers alone ({shown}): give a label map with "
                "--label-map, or their names in order with --classes"
            )
        parsed += [named(each, names) for each in found.parsed]
        files.use(*file.classes.files)
        files.note(NoteKind.READ, f"{counted(found.records, 'record')}", file.path)
        if found.disagreeing:
            first = f", such as {found.first_disagreeing}"
            objects = counted(found.disagreeing, "object")
            message = f"{objects} of one class by text and another by number{first}: texts count"
            files.note(NoteKind.ODD, message, file.path)
    _note_first_class(files, options, numbers, from_zero=from_zero)
    for shard in missing_shards(paths) if files.path.is_dir() else []:
        message = "a shard that the others' names announce, and it is not there"
        parsed.append(dropped(str(shard), DefectKind.BAD_ANNOTATION, message))
    classes = options.label_map or options.classes or merged(file.classes for file in ones)
    parsed.append(Parsed(None, tuple(_doubts(by_names, options, str(files.path)))))
    return gather(parsed, files.path, options, classes=classes, keypoint_names=keypoint_names)


def _doubts(
    by_names: Mapping[tuple[tuple[int, str], ...], Mapping[str, set[int]]],
    options: ReadOptions,
    path: str,
) -> list[Defect]:
    """Why no class can be trusted, for the files of each list of names, by all their numbers."""
    found: list[Defect] = []
    for pairs, of_files in by_names.items():
        where = next(iter(of_files)) if len(of_files) == 1 else path
        found += doubted(dict(pairs), options, set().union(*of_files.values()), where)
    return found


def _note_first_class(
    files: SourceFiles, options: ReadOptions, numbers: set[int], *, from_zero: bool
) -> None:
    """What the names that a person gave were taken to begin with, where nobody says it."""
    is_said = options.first_class is not None or options.label_map is not None
    if numbers and options.classes and not is_said:
        first = min(names_of_numbers(Classes(), options, numbers, from_zero=from_zero))
        message = f"the classes' numbers were taken to begin with {first}"
        files.note(NoteKind.GUESSED, f"{message}; --first-class {1 - first} takes them otherwise")


def _is_one(file: Path) -> bool:
    if is_named_so(file):
        return file.is_file()
    return not file.name.lower().endswith(_NEVER) and file.is_file() and begins_with_a_record(file)


def _split_of(path: Path) -> str | None:
    words = re.findall("[A-Za-z]+", path.name.partition(".")[0])
    return next(filter(None, map(split_of_word, [*words, path.parent.name])), None)


def _read_file(file: _File, exif_frame: ExifFrame | None) -> _Found:
    found = _Found()
    class_names = file.classes.by_number()
    split = _split_of(file.path)
    for each in numbered_records(file.plain):
        origin = f"{file.path}, record {each.number}"
        if isinstance(each, BadRecord):
            found.parsed.append(dropped(origin, DefectKind.BAD_ANNOTATION, each.message))
            continue
        try:
            raw = parse_example(each.data)
        except ValueError as error:
            found.parsed.append(dropped(origin, DefectKind.BAD_ANNOTATION, str(error)))
            continue
        found.from_zero = found.from_zero or counts_from_zero(raw)
        features = standard_features(raw)
        found.keypoint_names = found.keypoint_names or _keypoint_names(features)
        record = Record(origin, features, class_names, len(found.keypoint_names))
        odd = texts_that_disagree(record)
        found.disagreeing += len(odd)
        found.first_disagreeing = found.first_disagreeing or next(iter(odd), "")
        found.records += 1
        found.parsed.append(read_record(record, file.plain, each, split, exif_frame))
    if not found.parsed:
        message = "an empty file, there is no record in it"
        found.parsed.append(dropped(str(file.path), DefectKind.BAD_ANNOTATION, message))
    return found


def _keypoint_names(features: dict[str, Values]) -> tuple[str, ...]:
    """Of one object: the list repeats for each, and is left out by some writers."""
    objects, points = len(features.get(keys.X_MIN, ())), len(features.get(keys.KEYPOINT_X, ()))
    if not objects or points % objects or not points:
        return ()
    texts = [text.decode("utf-8", "replace") for text in features.get(keys.KEYPOINT_TEXT, ())
             if isinstance(text, bytes)]  # fmt: skip
    count = points // objects
    if len(texts) in (points, count):
        return tuple(texts[:count])
    return tuple(f"keypoint_{number}" for number in range(1, count + 1))
