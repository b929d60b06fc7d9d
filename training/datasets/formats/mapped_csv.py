"""CSV exports with columns of their own, as labelling companies send them.

A mapping says which column means what, `meaning: column`:

- `picture`, and either `class` or, with a categories CSV that names numbers, `class_id`;
- a box: `x_min`, `y_min` with `x_max`, `y_max` or `box_width`, `box_height`; or `x_center`,
  `y_center` with the size; or none of them where there is a `polygon`;
- if there are: `polygon`, `width` and `height` of the picture, `split`, `group`;
- `units`: not a column but `pixels` (where it is left out) or `shares` (0..1).

A polygon is JSON, `[[x, y], ...]`, `[x, y, x, y, ...]` or `[{"x": 1, "y": 2}, ...]`, or plain
numbers, x and y in turn. The categories CSV has an id and a name in its first two columns, or in
columns called so.
"""

import csv
import json
import re
from collections.abc import Mapping
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets.annotated import AnnotatedObject, AnnotatedPicture
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.drafts import Parsed, PictureDraft
from training.datasets.formats import csv_rows
from training.datasets.formats.csv_rows import Row
from training.datasets.formats.gathering import gather
from training.datasets.formats.label_map_file import label_map_in, write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import copy_pictures, write_text
from training.datasets.outlines import one_outline
from training.datasets.workers import Workers

MEANINGS = ("picture", "class", "class_id", "x_min", "y_min", "x_max", "y_max", "x_center",
            "y_center", "box_width", "box_height", "polygon", "width", "height", "split", "group",
            "units")  # fmt: skip
# Each set of columns that makes a box.
BOXES = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("x_min", "y_min", "box_width", "box_height"),
    ("x_center", "y_center", "box_width", "box_height"),
)
UNITS = ("pixels", "shares")
# What is written where no mapping is given: every meaning under its own name.
PLAIN = {name: name for name in ("picture", "split", "group", "width", "height", "class",
                                 *BOXES[0], "polygon")}  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def looks_like(path: Path) -> bool:
    """Whether `path` is, or holds, a CSV that we wrote without a mapping."""
    return bool([file for file in csv_rows.csv_files(path, _is_plain) if _is_plain(file)])


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a file, or all of a folder's.

    Raises:
        DatasetError: the mapping has no sense, or names a column that there is not.
    """
    columns = check_columns(options.columns or PLAIN)
    wanted = {name for key, name in columns.items() if key != "units"}
    files = csv_rows.csv_files(path, lambda file: wanted <= set(csv_rows.first_columns(file)))
    if not files:
        raise DatasetError(f"{path}: no CSV file with the columns {', '.join(sorted(wanted))}")
    named = _read_categories(options.categories_csv) if options.categories_csv else {}
    parsed: list[Parsed] = []
    for file in files:
        header, rows = csv_rows.read_rows(file)
        missing = [name for name in wanted if name not in header]
        if missing:
            raise DatasetError(f"{file}, line 1: no column {', '.join(sorted(missing))}")
        found = csv_rows.by_picture(file, rows, columns["picture"])
        read_one = partial(
            csv_rows.read_picture_rows,
            finder=csv_rows.picture_finder(file, options.pictures_dir),
            add_row=partial(_add_row, columns=columns, categories=named),
            size_of=partial(_size, columns=columns) if "width" in columns else None,
        )
        parsed += workers.map(read_one, found, "rows")
    classes = options.classes or list(dict.fromkeys(named.values()))
    root = path if path.is_dir() else path.parent
    return gather(parsed, path, options, classes=classes or label_map_in(root))


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write `annotations.csv` with the mapping's columns, and the pictures."""
    columns = check_columns(options.columns or PLAIN)
    if "class" not in columns:
        raise DatasetError("the mapping to be written names no column for `class`")
    text = StringIO()
    writer = csv.DictWriter(
        text, [name for key, name in columns.items() if key != "units"], lineterminator="\n"
    )
    writer.writeheader()
    for picture in dataset.pictures:
        rows: list[dict[str, Any]] = [
            _object_meanings(each, picture, columns, options) for each in picture.objects
        ]
        for row in rows or [{}]:
            meant = {**_picture_meanings(picture), **row}
            writer.writerow({name: meant.get(key, "") for key, name in columns.items()
                             if key != "units"})  # fmt: skip
    write_text(folder / "annotations.csv", text.getvalue())
    write_label_map(dataset.label_map, folder)
    targets = [(each.source, folder / "images" / each.full_name) for each in dataset.pictures]
    copy_pictures(targets, workers)


def check_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping, if a data set can be read with it.

    Raises:
        DatasetError: a meaning is unknown, or one that is needed is missing.
    """
    unknown = sorted(set(columns) - set(MEANINGS))
    if unknown:
        raise DatasetError(
            f"columns mean one of {', '.join(MEANINGS)}, but the mapping has {', '.join(unknown)}"
        )
    if "picture" not in columns or not {"class", "class_id"} & set(columns):
        raise DatasetError("the mapping needs a column for `picture` and for `class` or `class_id`")
    if _box_meanings(columns) is None and "polygon" not in columns:
        raise DatasetError("the mapping needs columns for a box or for `polygon`")
    if columns.get("units", UNITS[0]) not in UNITS:
        raise DatasetError(f"units are {' or '.join(UNITS)}, not {columns['units']!r}")
    return dict(columns)


def _box_meanings(columns: Mapping[str, str]) -> tuple[str, ...] | None:
    return next((box for box in BOXES if set(box) <= set(columns)), None)


def _is_plain(file: Path) -> bool:
    return {"picture", "class", *BOXES[0]} <= set(csv_rows.first_columns(file))


def _size(row: Row, columns: Mapping[str, str]) -> tuple[int, int]:
    texts = [row.fields[columns[side]] for side in ("width", "height")]
    if not all(texts):
        return 0, 0
    return int(row.number(columns["width"])), int(row.number(columns["height"]))


def _add_row(
    draft: PictureDraft, row: Row, columns: Mapping[str, str], categories: Mapping[str, str]
) -> None:
    def field(meaning: str) -> str:
        return row.fields[columns[meaning]] if meaning in columns else ""

    draft.split = field("split") or draft.split
    draft.group = field("group") or draft.group
    # What we write ourselves: the folder says the split, and is no part of the name.
    if draft.split:
        draft.name = draft.name.removeprefix(f"{draft.split}/")
    label = field("class")
    if not label and field("class_id"):
        label = categories.get(_id_text(field("class_id")), field("class_id"))
    meanings = _box_meanings(columns)
    has_box = meanings is not None and any(field(meaning) for meaning in meanings)
    if not label and not has_box and not field("polygon"):
        return
    in_shares = columns.get("units") == "shares"
    scale = np.array([draft.width, draft.height]) if in_shares else np.ones(2)
    polygons = [_polygon(field("polygon")) * scale] if field("polygon") else []
    box = None
    if has_box and meanings is not None:
        numbers = np.array([row.number(columns[meaning]) for meaning in meanings])
        box = _corners(numbers * np.tile(scale, 2), meanings).tolist()
    draft.add(f"line {row.line}", label, box, polygons_xy=polygons)


def _corners(numbers: Any, meanings: tuple[str, ...]) -> Any:
    first, second = numbers[:2], numbers[2:]
    if meanings == BOXES[0]:
        return numbers
    start = first - second / 2 if meanings == BOXES[2] else first
    return np.concatenate([start, start + second])


def _polygon(text: str) -> Any:
    """(N, 2), x and y.

    Raises:
        ValueError: it is none of the forms.
    """
    if text.startswith("["):
        try:
            content = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"the polygon is no JSON: {error}") from error
        if content and isinstance(content[0], dict):
            try:
                content = [[point["x"], point["y"]] for point in content]
            except (KeyError, TypeError) as error:
                raise ValueError("a polygon's points have x and y") from error
        try:
            numbers = np.array(content, np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError("a polygon is made of numbers") from error
    else:
        numbers = np.array([float(each) for each in _NUMBER.findall(text)])
    if numbers.size % 2 or numbers.size == 0:
        raise ValueError(f"a polygon has pairs of x and y, but there are {numbers.size} numbers")
    return numbers.reshape(-1, 2)


def _id_text(text: str) -> str:
    """`3` for `3.0`, which spreadsheets make of it."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() else text


def _read_categories(path: Path) -> dict[str, str]:
    """The name of each number."""
    header, rows = csv_rows.read_rows(path)
    lower = [name.lower() for name in header]
    if len(header) < 2:
        raise DatasetError(f"{path}, line 1: a column of ids and one of names were expected")
    id_at = next((lower.index(each) for each in ("id", "category_id") if each in lower), 0)
    name_at = next((lower.index(each) for each in ("name", "category", "class", "label")
                    if each in lower and lower.index(each) != id_at), 1)  # fmt: skip
    return {_id_text(row.fields[header[id_at]]): row.fields[header[name_at]] for row in rows}


def _picture_meanings(picture: AnnotatedPicture) -> dict[str, Any]:
    return {"picture": picture.full_name, "split": picture.split or "",
            "group": picture.group or "", "width": picture.width,
            "height": picture.height}  # fmt: skip


def _object_meanings(
    each: AnnotatedObject,
    picture: AnnotatedPicture,
    columns: Mapping[str, str],
    options: WriteOptions,
) -> dict[str, Any]:
    in_shares = columns.get("units") == "shares"
    y_min, x_min, y_max, x_max = each.box_yxyx
    if in_shares:
        x_min, y_min, x_max, y_max = (round(value, 10) for value in (x_min, y_min, x_max, y_max))
    else:
        x_min, y_min, x_max, y_max = picture.pixels_xyxy(each.box_yxyx)
    meant: dict[str, Any] = {
        "class": each.label, "x_min": x_min, "y_min": y_min, "x_max": x_max, "y_max": y_max,
        "x_center": (x_min + x_max) / 2, "y_center": (y_min + y_max) / 2,
        "box_width": x_max - x_min, "box_height": y_max - y_min,
    }  # fmt: skip
    outline = None
    if options.include_masks and each.has_mask:
        outline = one_outline(each, width=picture.width, height=picture.height)
    if outline is not None:
        points = np.round(outline[:, ::-1], 10) if in_shares else picture.pixels_xy(outline)
        meant["polygon"] = json.dumps(points.tolist())
    return meant
