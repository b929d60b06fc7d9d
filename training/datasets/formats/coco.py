"""COCO's JSON: `images`, `annotations`, `categories`, with polygons, run-lengths and keypoints.

Source: the data format of cocodataset.org. Boxes are [x, y, width, height] in pixels from 0.
"""

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import Box
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import (
    PictureFinder,
    draft_of_file,
    read_text,
    split_of_word,
)
from training.datasets.run_lengths import RunLengths
from training.datasets.workers import Workers

KINDS = {"images": list, "annotations": list, "categories": list}


@dataclass(frozen=True)
class _File:
    """What is the same for every picture of one JSON file."""

    path: Path
    finder: PictureFinder
    split: str | None
    names: Mapping[int, str]
    keypoint_count: int


def looks_like(path: Path) -> bool:
    """Whether `path` is a JSON file, or a folder with COCO's where they usually are."""
    if path.is_file():
        return path.suffix == ".json"
    return any(map(_begins_like_coco, _json_files(path)[:3]))


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a JSON file, or all of a folder's, each of which is a split if its name says so.

    Raises:
        DatasetError: a file is not COCO's, or two number the classes differently.
    """
    files = [path] if path.is_file() else _json_files(path)
    if not files:
        raise DatasetError(f"{path}: no annotations/*.json")
    parsed: list[Parsed] = []
    label_map: LabelMap | None = None
    keypoint_names: tuple[str, ...] = ()
    for file in files:
        content = _load(file)
        categories, own_map = _categories(file, content)
        if label_map is not None and own_map != label_map:
            raise DatasetError(f"{file}: other classes than in {files[0]}")
        label_map = own_map
        keypoint_names = keypoint_names or _keypoint_names(content)
        known = _File(
            file, _finder(file, path, options), _split(file), categories, len(keypoint_names)
        )
        parsed += _read_pictures(known, content, workers)
    return gather(
        parsed, path, options, classes=options.classes or label_map,
        keypoint_names=keypoint_names,
    )  # fmt: skip


def _json_files(folder: Path) -> list[Path]:
    """`annotations/`, else the folder itself, else one level below (Roboflow's exports)."""
    for pattern in ("annotations/*.json", "*.json", "*/*.json"):
        files = [file for file in sorted(folder.glob(pattern)) if _begins_like_coco(file)]
        if files:
            return files
    return []


def _begins_like_coco(file: Path) -> bool:
    """Whether COCO's keys are near the beginning or the end: files have gigabytes."""
    with file.open("rb") as opened:
        beginning = opened.read(4096)
        opened.seek(-min(4096, file.stat().st_size), 2)
        ends = beginning + opened.read()
    return any(f'"{key}"'.encode() in ends for key in KINDS)


def _load(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise DatasetError(f"{file}, line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise DatasetError(f"{file}: nested too deeply") from error
    if not isinstance(content, dict):
        raise DatasetError(f"{file}: an object with images, annotations and categories is expected")
    for key, kind in KINDS.items():
        values = content.get(key)
        if not isinstance(values, kind) or not all(isinstance(each, dict) for each in values):
            raise DatasetError(f"{file}: `{key}`, a list of objects, was expected")
    return content


def _categories(file: Path, content: dict[str, Any]) -> tuple[dict[int, str], LabelMap]:
    """The class of each category's id, and the label map with ids from 1.

    Exports have a first category that no annotation uses and that is the others' super-category;
    it is no class. Ids stay as they are, gaps and all, unless one is 0.
    """
    try:
        found = {int(each["id"]): str(each["name"]) for each in content["categories"]}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DatasetError(f"{file}: a category without id or name: {error}") from error
    used = {each.get("category_id") for each in content["annotations"]}
    parents = {each.get("supercategory") for each in content["categories"]
               if each.get("supercategory") != each["name"]}  # fmt: skip
    names = {number: name for number, name in sorted(found.items())
             if number in used or name not in parents}  # fmt: skip
    if not names:
        raise DatasetError(f"{file}: no categories")
    repeated = {name for name in names.values() if list(names.values()).count(name) > 1}
    if repeated:
        raise DatasetError(f"{file}: the category {min(repeated)!r} comes twice")
    if min(names) >= 1:
        items = [LabelMapItem(number, name) for number, name in names.items()]
    else:
        items = [LabelMapItem(number, name) for number, name in enumerate(names.values(), 1)]
    return names, LabelMap(tuple(items))


def _keypoint_names(content: dict[str, Any]) -> tuple[str, ...]:
    lists = (each.get("keypoints") for each in content["categories"])
    return next((tuple(map(str, names)) for names in lists if isinstance(names, list)), ())


def _split(file: Path) -> str | None:
    named = _named_folder(file)
    if named is not None:
        return split_of_word(named) or named
    words = [*file.stem.replace("-", "_").split("_"), file.parent.name]
    return next(filter(None, map(split_of_word, words)), None)


def _named_folder(file: Path) -> str | None:
    """What `annotations/instances_<split>.json` calls its split, where its pictures' folder is."""
    name = file.stem.removeprefix("instances_")
    is_there = name != file.stem and (file.parent.parent / name).is_dir()
    return name if is_there else None


def _finder(file: Path, path: Path, options: ReadOptions) -> PictureFinder:
    if options.pictures_dir is not None:
        return PictureFinder((options.pictures_dir,))
    roots = dict.fromkeys((file.parent, file.parent.parent, path if path.is_dir() else file.parent))
    words = file.stem.replace("-", "_").split("_")
    split_word = _named_folder(file) or next(filter(split_of_word, words), None)
    folders = [root / split_word for root in roots] if split_word else []
    folders += [root / "images" / split_word for root in roots] if split_word else []
    folders += [root / "images" for root in roots] + list(roots)
    folders += [root / name for root in roots for name in ("JPEGImages", "train2017", "val2017")]
    return PictureFinder(tuple(each for each in folders if each.is_dir()))


def _read_pictures(known: _File, content: dict[str, Any], workers: Workers) -> list[Parsed]:
    marked: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for each in content["annotations"]:
        marked[_hashable(each.get("image_id"))].append(each)
    work = [(image, marked.pop(_hashable(image.get("id")), [])) for image in content["images"]]
    parsed = list(workers.map(partial(_read_picture, known=known), work, "annotations"))
    for image_id, annotations in marked.items():
        where = f"{known.path}, annotation {annotations[0].get('id')}"
        message = f"image_id {image_id}, and no image has it ({len(annotations)} such annotations)"
        parsed.append(dropped(where, DefectKind.MISSING_PICTURE, message))
    return parsed


def _hashable(value: Any) -> Any:
    return value if isinstance(value, int | str) else repr(value)


def _read_picture(work: tuple[dict[str, Any], list[dict[str, Any]]], known: _File) -> Parsed:
    image, annotations = work
    origin = f"{known.path}, image {image.get('id')}"
    name = image.get("file_name")
    if not isinstance(name, str) or not name.strip("/."):
        return dropped(origin, DefectKind.BAD_ANNOTATION, f"file_name is {name!r}")
    source = known.finder.find(name)
    width, height = image.get("width"), image.get("height")
    draft: PictureDraft | Parsed
    if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0:
        draft = PictureDraft(name, source, width, height, origin)
    else:
        draft = draft_of_file(name, source, origin)
    if isinstance(draft, Parsed):
        return draft
    draft.split = known.split
    draft.image_id = _image_id(image.get("id"))
    for annotation in annotations:
        place = f"annotation {annotation.get('id')}"
        try:
            _add(draft, place, annotation, known)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else str(error)
            draft.report(place, DefectKind.BAD_ANNOTATION, reason)
    return draft.finish()


def _add(draft: PictureDraft, place: str, annotation: dict[str, Any], known: _File) -> None:
    category = annotation["category_id"]
    if category not in known.names:
        message = f"category_id {category}, and no category has it"
        draft.report(place, DefectKind.UNKNOWN_CLASS, message)
        return
    polygons: list[np.ndarray[Any, Any]] = []
    mask: RunLengths | None = None
    try:
        polygons, mask = _segmentation(annotation.get("segmentation"), draft)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        draft.report(place, DefectKind.BAD_MASK, str(error), "mask dropped")
    draft.add(
        place,
        known.names[category],
        _corners(annotation.get("bbox"), mask, draft),
        polygons_xy=polygons,
        mask=mask,
        keypoints_xyv=_keypoints(annotation.get("keypoints"), known, draft, place),
        difficult=bool(annotation.get("difficult", False)),
        truncated=bool(annotation.get("truncated", False)),
        crowd=bool(annotation.get("iscrowd", 0)),
        area_px=_area(annotation.get("area"), draft, place),
        written_xywh=_written(annotation.get("bbox")),
    )


def _image_id(value: Any) -> int | str | None:
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _area(value: Any, draft: PictureDraft, place: str) -> float | None:
    """The area that the file gives; None without one."""
    if value is None:
        return None
    if isinstance(value, bool | str | list | dict) or not 0 <= value < math.inf:
        message = f"the area is {value!r}, a number of pixels was expected"
        draft.report(place, DefectKind.BAD_ANNOTATION, message, "area of its shape taken")
        return None
    return float(value)


def _written(bbox: Any) -> Box | None:
    """The box as it stands in the file."""
    if not bbox:
        return None
    x, y, width, height = (float(value) for value in bbox)
    return (x, y, width, height) if width > 0 and height > 0 else None


def _corners(bbox: Any, mask: RunLengths | None, draft: PictureDraft) -> list[float] | None:
    if bbox:
        x, y, width, height = (float(value) for value in bbox)
        return [x, y, x + width, y + height]
    if mask is None or mask.area == 0:
        return None
    y_min, x_min, y_max, x_max = mask.box_yxyx()
    return [x_min * draft.width, y_min * draft.height, x_max * draft.width, y_max * draft.height]


def _segmentation(
    segmentation: Any, draft: PictureDraft
) -> tuple[list[np.ndarray[Any, Any]], RunLengths | None]:
    """Polygons, or a mask; neither where there is none."""
    if not segmentation:
        return [], None
    if isinstance(segmentation, list):
        polygons = [np.array(each, np.float64) for each in segmentation]
        if any(polygon.ndim != 1 or polygon.size % 2 for polygon in polygons):
            raise ValueError("polygons of x and y in turn were expected")
        return [polygon.reshape(-1, 2) for polygon in polygons], None
    height, width = segmentation["size"]
    if (width, height) != (draft.width, draft.height):
        raise ValueError(
            f"run-lengths of {width}x{height}, but the picture is {draft.width}x{draft.height}"
        )
    counts = segmentation["counts"]
    if isinstance(counts, list):
        counts = [int(count) for count in counts]
        return [], RunLengths.of_counts(counts, width=width, height=height)
    return [], RunLengths(height, width, counts.encode("ascii"))


def _keypoints(values: Any, known: _File, draft: PictureDraft, place: str) -> Any:
    if not values or not known.keypoint_count:
        return None
    points = np.array(values, np.float64)
    if points.size != 3 * known.keypoint_count:
        message = f"{3 * known.keypoint_count} numbers were expected, there are {points.size}"
        draft.report(place, DefectKind.BAD_KEYPOINTS, message, "keypoints dropped")
        return None
    return points.reshape(-1, 3)
