"""What a YOLO data set says of itself: `data.yaml`, or a list of classes.

Source: Ultralytics' data set formats; Darknet's `obj.names`. Everything in the YAML file is taken
as it is written: a class may be called `yes`, `010` or `0`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from training.datasets.defects import DatasetError
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import split_of_word
from training.datasets.formats.text.files import read_noted_text
from training.datasets.notes import NoteKind, listed

CLASS_LISTS = ("classes.txt", "obj.names", "_darknet.labels", "labels.txt")
USUAL_NAMES = ("data.yaml", "dataset.yaml")
MAX_FOLDERS = 3
_MOST_KEYPOINTS = 1000
# In the place of a name for a number that has none: no file can have it.
NO_CLASS = ""
_OWN_NUMBER = re.compile(r"(\d{1,6})(?:\s*[:;,.)=]\s*|\s+)(\S.*)")
# More are a slip of the hand, and no classes that were taken out.
_MOST_MISSING = 10_000


@dataclass(frozen=True)
class Description:
    """What `data.yaml` says.

    Args:
        classes: in the order of their numbers; `NO_CLASS` for a number that has no name.
        file: `data.yaml`; None where there is a list of classes alone, or options.
        path: what it says the data set's folder is.
        splits: what it says the folders or lists of images of each split are.
        keypoint_shape: how many keypoints an object has, and 2 or 3 numbers each; None for none.
        keypoint_names: as many.
        said_first: the first class's number where `names` has numbers; None where it is a list.
        first_class: the number that the first class has in the labels.
        lists: the classes of each list of them, by its path, where they are not all the same: each
            counts for the labels beside and below it.
    """

    classes: tuple[str, ...]
    file: Path | None = None
    path: str = ""
    splits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    keypoint_shape: tuple[int, int] | None = None
    keypoint_names: tuple[str, ...] = ()
    said_first: int | None = None
    first_class: int = 0
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)


def describe(files: SourceFiles, options: ReadOptions) -> Description:
    """What is known of a data set before its images are looked at.

    Raises:
        DatasetError: nothing names the classes, or `data.yaml` is not as it should be.
    """
    found = description_files(files)
    if found:
        beside = [path for path in found if path.count("/") == found[0].count("/")]
        if len(set(map(parent, beside))) > 1:
            raise DatasetError(
                f"{files.path}: {len(beside)} data sets lie there; name one of {listed(beside)}"
            )
        if len(found) > 1:
            message = f"other descriptions than {found[0]}, which was read: {listed(found[1:])}"
            files.note(NoteKind.UNUSED, message)
        files.use(*found)
        described = _read_description(files.path_of(found[0]), files)
        if options.classes:
            return replace(described, classes=options.classes, said_first=None)
        return described
    if options.classes:
        files.use(*class_lists(files))
        return Description(options.classes)
    lists = class_lists(files)
    if not lists:
        raise DatasetError(
            f"{files.path}: neither data.yaml nor {' nor '.join(CLASS_LISTS[:2])}, and the labels "
            "have numbers alone: give the classes' names, in the order of their numbers (--classes)"
        )
    files.use(*lists)
    read, first = {path: read_class_list(files, path) for path in lists}, dict[str, str]()
    for path in lists:
        usual = first.setdefault(parent(path), path)
        if read[path] != read[usual]:
            message = f"it has other classes than {usual}, which was read"
            files.note(NoteKind.UNUSED, message, path)
    counting = {path: read[path] for path in first.values() if read[path]}
    is_one = len(set(counting.values())) < 2
    return Description(read[lists[0]], lists={} if is_one else counting)


def description_files(files: SourceFiles) -> list[str]:
    """The YAML files with `names`, the usual name and the fewest folders first."""
    if files.path.is_file():
        is_yaml = files.path.suffix.lower() in (".yaml", ".yml")
        return [files.inside(files.path)] if is_yaml else []
    found = [path for path in files.index.with_suffix(".yaml", ".yml", max_depth=MAX_FOLDERS)
             if _has_names(files.head(path))]  # fmt: skip
    order = {name: number for number, name in enumerate(USUAL_NAMES)}
    return sorted(found, key=lambda path: (
        path.count("/"), order.get(PurePosixPath(path).name, len(order)), path,
    ))  # fmt: skip


def class_lists(files: SourceFiles) -> list[str]:
    """The lists of classes, the usual name and the fewest folders first."""
    order = {name: number for number, name in enumerate(CLASS_LISTS)}
    found = [path for usual in CLASS_LISTS for name in (usual, usual.capitalize(), usual.upper())
             for path in files.index.by_name.get(name, ())]  # fmt: skip
    found += [path for path in files.index.with_suffix(".names") if path not in found]
    found = [path for path in found if path.count("/") <= MAX_FOLDERS]
    return sorted(found, key=lambda path: (
        path.count("/"), order.get(PurePosixPath(path).name.lower(), len(order)),
        parent(path),
    ))  # fmt: skip


def _has_names(head: bytes) -> bool:
    return any(line.startswith(b"names") for line in head.splitlines())


def read_class_list(files: SourceFiles, path: str) -> tuple[str, ...]:
    """The names, a line each; a blank line between two would shift all that follow."""
    lines = [line.strip() for line in
             read_noted_text(files.path_of(path), files).rstrip().splitlines()]  # fmt: skip
    if not all(lines):
        message = f"line {lines.index('') + 1} is blank and was passed over: names move up by one"
        files.note(NoteKind.GUESSED, message, path)
    names = [line for line in lines if line]
    bare = without_own_numbers(names)
    if bare != names:
        message = f"each line begins with its number, which is no part of the name: {listed(bare)}"
        files.note(NoteKind.GUESSED, message, path)
    return tuple(bare)


def without_own_numbers(lines: Sequence[str]) -> list[str]:
    """The names of a list whose lines begin with their numbers from 0; else the lines.

    Example:
        >>> without_own_numbers(["0 cup", "1: fork"]), without_own_numbers(["1 euro", "2 euro"])
        (['cup', 'fork'], ['1 euro', '2 euro'])
    """
    found = [_OWN_NUMBER.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match is not None]
    if len(lines) < 2 or numbers != list(range(len(lines))):
        return list(lines)
    return [match[2] for match in found if match is not None]


def _read_description(file: Path, files: SourceFiles) -> Description:
    try:
        # Nothing but texts, lists and mappings: `no` is a class and not False, `010` is not 8.
        content = yaml.load(read_noted_text(file, files), Loader=yaml.BaseLoader)  # noqa: S506 (makes no objects)
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{file}{_yaml_problem(error)}") from error
    except RecursionError as error:
        raise DatasetError(f"{file}: nested too deeply") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{file}: `names:` and the classes were expected")
    splits: dict[str, tuple[str, ...]] = {}
    for key in ("train", "val", "valid", "test"):
        paths = content.get(key) or []
        listed_paths = paths if isinstance(paths, list) else [paths]
        given = tuple(each for each in listed_paths if isinstance(each, str) and each not in _NONE)
        if given:
            name = split_of_word(key) or key
            splits[name] = (*splits.get(name, ()), *given)
    shape = _keypoint_shape(file, content.get("kpt_shape"))
    names, first = _class_names(file, content.get("names"))
    missing = [str(at) for at, name in enumerate(names, first or 0) if name == NO_CLASS]
    if missing:
        message = f"names has no class {listed(missing)}: the others keep their numbers"
        files.note(NoteKind.GUESSED, message, file)
    count = content.get("nc")
    if (
        isinstance(count, str)
        and count not in _NONE
        and count not in (str(len(names)), str(len(names) - len(missing)))
    ):
        message = (
            f"nc is {count}, and there are {len(names) - len(missing)} names; the names were taken"
        )
        files.note(NoteKind.ODD, message, file)
    path = content.get("path")
    return Description(
        names, file, path if isinstance(path, str) and path not in _NONE else "", splits, shape,
        _keypoint_names(content.get("kpt_names"), shape[0]) if shape else (), first,
    )  # fmt: skip


def _yaml_problem(error: Exception) -> str:
    """Where and what a YAML error is, in a line."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f", line {error.problem_mark.line + 1}: {error.problem}"
    return f": {' '.join(str(error).split())}"


# How YAML writes that there is nothing.
_NONE = ("", "~", "null", "Null", "NULL")


def _keypoint_shape(file: Path, shape: Any) -> tuple[int, int] | None:
    if shape is None or shape in _NONE:
        return None
    if isinstance(shape, list) and len(shape) == 2 and all(map(_is_number, shape)):
        count, numbers = int(shape[0]), int(shape[1])
        if 0 <= count < _MOST_KEYPOINTS and numbers in (2, 3):
            return count, numbers
    raise DatasetError(f"{file}: kpt_shape: [points, 2 or 3] was expected, but got {shape}")


def _is_number(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 9


def _class_names(file: Path, names: Any) -> tuple[tuple[str, ...], int | None]:
    """The names in the order of their numbers, and the first number where they have some."""
    if isinstance(names, dict):
        numbered = {int(key): name for key, name in names.items() if _is_number(key)}
        first = min(numbered, default=0)
        last = max(numbered, default=0)
        if len(numbered) < len(names) or last - first - len(numbered) > _MOST_MISSING:
            raise DatasetError(f"{file}: names: a number and a name for each class were expected")
        _check_names(file, list(numbered.values()))
        return tuple(numbered.get(each, NO_CLASS) for each in range(first, last + 1)), first
    if not isinstance(names, list) or not names:
        raise DatasetError(f"{file}: names: a list of the classes was expected, but got {names!r}")
    _check_names(file, names)
    return tuple(names), None


def _check_names(file: Path, names: list[Any]) -> None:
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise DatasetError(f"{file}: names: a name for each class was expected, but got {names!r}")


def _keypoint_names(names: Any, count: int) -> tuple[str, ...]:
    """Ultralytics has them by class; one list is meant for all."""
    if isinstance(names, dict) and names:
        names = next(iter(names.values()))
    if isinstance(names, list) and len(names) == count:
        return tuple(map(str, names))
    return numbered_keypoints(count)


def numbered_keypoints(count: int) -> tuple[str, ...]:
    """Names for keypoints that have none."""
    return tuple(f"keypoint_{number}" for number in range(1, count + 1))
