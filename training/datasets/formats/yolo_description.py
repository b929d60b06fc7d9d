"""What a YOLO data set says of itself: `data.yaml`, or a list of classes.

Source: Ultralytics' data set formats; Darknet's `obj.names`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.datasets.defects import DatasetError
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import read_text, split_of_word

CLASS_LISTS = ("classes.txt", "obj.names", "_darknet.labels", "labels.txt")


@dataclass(frozen=True)
class Description:
    """What `data.yaml` says.

    Args:
        classes: by their numbers, from 0.
        splits: the folders or lists of pictures of each split.
        keypoint_shape: how many keypoints an object has, and 2 or 3 numbers each; None for none.
        keypoint_names: as many.
    """

    classes: tuple[str, ...]
    splits: dict[str, tuple[Path, ...]]
    keypoint_shape: tuple[int, int] | None = None
    keypoint_names: tuple[str, ...] = ()


def describe(path: Path, options: ReadOptions) -> Description:
    """What is known of the data set at `path` before its pictures are looked at.

    Raises:
        DatasetError: nothing names the classes, or `data.yaml` is not as it should be.
    """
    file = path if path.is_file() else description_file(path)
    if file is not None:
        described = _read_description(file)
        return Description(
            options.classes or described.classes, described.splits, described.keypoint_shape,
            described.keypoint_names,
        )  # fmt: skip
    classes = options.classes
    if not classes:
        lists = [path / name for name in CLASS_LISTS if (path / name).is_file()]
        if not lists:
            raise DatasetError(
                f"{path}: neither data.yaml nor {' nor '.join(CLASS_LISTS[:2])}, and the labels "
                "have numbers alone: give the classes' names, in the order of their numbers"
            )
        lines = [line.strip() for line in read_text(lists[0]).splitlines()]
        classes = tuple(line for line in lines if line)
    return Description(classes, {})


def description_file(folder: Path) -> Path | None:
    """`data.yaml`, or another YAML file with `names`; None where there is none."""
    usual = [folder / "data.yaml", folder / "dataset.yaml", *sorted(folder.glob("*.y*ml"))]
    return next((file for file in usual if file.is_file() and _names_in(file)), None)


def _names_in(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as lines:
        return any(line.startswith("names") for line in lines)


def _read_description(file: Path) -> Description:
    try:
        content = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise DatasetError(f"{file}: {error}") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{file}: `names:` and the classes were expected")
    root = file.parent / str(content.get("path") or "")
    splits = {}
    for key in ("train", "val", "valid", "test"):
        paths = content.get(key) or []
        found = [_resolved(root, file.parent, str(each))
                 for each in (paths if isinstance(paths, list) else [paths])]  # fmt: skip
        if found:
            splits[split_of_word(key) or key] = tuple(found)
    shape = content.get("kpt_shape")
    if shape is not None and not (
        isinstance(shape, list) and len(shape) == 2 and shape[0] in range(1, 1000)
        and shape[1] in (2, 3)
    ):  # fmt: skip
        raise DatasetError(f"{file}: kpt_shape: [points, 2 or 3] was expected, but got {shape}")
    names = _keypoint_names(content.get("kpt_names"), shape[0]) if shape else ()
    return Description(
        _class_names(file, content.get("names")), splits, tuple(shape) if shape else None, names
    )


def _class_names(file: Path, names: Any) -> tuple[str, ...]:
    if isinstance(names, dict):
        if sorted(names) != list(range(len(names))):
            raise DatasetError(f"{file}: names: numbers from 0 without gaps were expected")
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names:
        raise DatasetError(f"{file}: names: a list of the classes was expected, but got {names!r}")
    return tuple(str(name) for name in names)


def _keypoint_names(names: Any, count: int) -> tuple[str, ...]:
    """Ultralytics has them by class; one list is meant for all."""
    if isinstance(names, dict) and names:
        names = next(iter(names.values()))
    if isinstance(names, list) and len(names) == count:
        return tuple(map(str, names))
    return tuple(f"keypoint_{number}" for number in range(1, count + 1))


def _resolved(root: Path, beside: Path, path: str) -> Path:
    """Roboflow's exports say `../train/images` and mean `train/images` beside the file."""
    stripped = path.removeprefix("../")
    tries = (root / path, beside / path, root / stripped, beside / stripped)
    return next((each for each in tries if each.exists()), root / path)
