"""Reading TFRecords: ours, and anybody's with the Object Detection API's keys or such as are known.

Whatever is wrong with one record is a defect, and the others are read.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import SUFFIXES, split_of_word
from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.classes import (
    Classes,
    merged,
    named,
    names_of_numbers,
    numbers_in,
)
from training.datasets.formats.tfrecord.example import Values, parse_example
from training.datasets.formats.tfrecord.objects import read_record, texts_disagree
from training.datasets.formats.tfrecord.other_keys import counts_from_zero, standard_features
from training.datasets.formats.tfrecord.record_file import (
    BadRecord,
    begins_with_a_record,
    is_named_so,
    numbered_records,
    plain_file,
)
from training.datasets.formats.tfrecord.record_values import Record
from training.datasets.workers import Workers

# What is never a record file, so that a folder of a million images is not opened one by one.
_NEVER = (*SUFFIXES, ".txt", ".json", ".xml", ".csv", ".pbtxt", ".yaml", ".yml", ".md", ".zip",
          ".py", ".html", ".mat", ".parquet", ".npz")  # fmt: skip
_DEPTHS = ("*", "*/*", "*/*/*")


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
    disagreeing: int = 0


def looks_like(path: Path) -> bool:
    """Whether `path` is a TFRecord file, or a folder with such at any depth to 3."""
    if path.is_file():
        return _is_one(path)
    return bool(_files(path))


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a file, or all in a folder.

    The split is said by a folder, or a name such as `train.record-00000-of-00002`.

    Raises:
        DatasetError: there are none, no record can be read, or nothing names the classes.
    """
    paths = [path] if path.is_file() else _files(path)
    if not paths:
        raise DatasetError(f"{path}: no TFRecord files (*.record, *.tfrecord, *.tfrec)")
    root = path if path.is_dir() else path.parent
    files = [_File(file, plain_file(file), Classes.beside(file, root)) for file in paths]
    results = list(workers.map(_read_file, files, "record files", heavy=True))
    keypoint_names = max((found.keypoint_names for found in results), key=len, default=())
    numbers = {number for found in results for number in numbers_in(found.parsed)}
    from_zero = any(found.from_zero for found in results)
    parsed: list[Parsed] = []
    for file, found in zip(files, results, strict=True):
        names = names_of_numbers(file.classes, options, numbers, from_zero=from_zero)
        if numbers_in(found.parsed) and not names:
            shown = ", ".join(map(str, sorted(numbers)[:10]))
            raise DatasetError(
                f"{file.path}: the classes have numbers alone ({shown}): give a label map with "
                "--label-map, or their names in order with --classes"
            )
        parsed += [named(each, names) for each in found.parsed]
    classes = options.label_map or options.classes or merged(file.classes for file in files)
    return gather(
        _numbered_names(parsed), path, options, classes=classes, keypoint_names=keypoint_names
    )


def _files(folder: Path) -> list[Path]:
    found = {file for depth in _DEPTHS for file in folder.glob(depth) if _is_one(file)}
    return sorted(found)


def _is_one(file: Path) -> bool:
    if is_named_so(file):
        return file.is_file()
    return not file.name.lower().endswith(_NEVER) and file.is_file() and begins_with_a_record(file)


def _split_of(path: Path) -> str | None:
    words = re.findall("[A-Za-z]+", path.name.partition(".")[0])
    return next(filter(None, map(split_of_word, [*words, path.parent.name])), None)


def _read_file(file: _File) -> _Found:
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
        found.disagreeing += texts_disagree(record)
        parsed = read_record(record, file.plain, each.offset, each.data)
        if parsed.picture is not None:
            parsed = replace(parsed, picture=replace(parsed.picture, split=split))
        found.parsed.append(parsed)
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


def _numbered_names(parsed: list[Parsed]) -> list[Parsed]:
    """The images with names of their own: some writers call every one `image.jpg`."""
    seen: Counter[tuple[str | None, str]] = Counter()
    renamed = []
    for each in parsed:
        picture = each.picture
        if picture is not None:
            seen[picture.split, picture.name] += 1
            if (times := seen[picture.split, picture.name]) > 1:
                name = PurePosixPath(picture.name)
                own = name.with_name(f"{name.stem}-{times}{name.suffix}").as_posix()
                seen[picture.split, own] += 1
                each = replace(each, picture=replace(picture, name=own))
        renamed.append(each)
    return renamed
