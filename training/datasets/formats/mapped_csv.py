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
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets.annotated import AnnotatedObject, AnnotatedPicture
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.csv_objects import BOXES, Columns, id_text
from training.datasets.formats.csv_reading import read_table, read_tables
from training.datasets.formats.csv_table import check_class_names, first_fields, parse_table
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import copy_pictures, write_text
from training.datasets.formats.source_files import SourceFiles
from training.datasets.formats.text_files import read_noted_text
from training.datasets.outlines import one_outline
from training.datasets.workers import Workers

MEANINGS = ("picture", "class", "class_id", "x_min", "y_min", "x_max", "y_max", "x_center",
            "y_center", "box_width", "box_height", "polygon", "width", "height", "split", "group",
            "units")  # fmt: skip
UNITS = ("pixels", "shares")
# What is written where no mapping is given: every meaning under its own name.
PLAIN = {name: name for name in ("picture", "split", "group", "width", "height", "class",
                                 *BOXES[0], "polygon")}  # fmt: skip


def find(files: SourceFiles) -> list[str]:
    """The CSV files that we wrote without a mapping."""
    return _with_columns(files, {"picture", "class", *BOXES[0]})


def is_plain(header: Sequence[str]) -> bool:
    """Whether a file's columns are those that we write without a mapping."""
    return {"picture", "class", *BOXES[0]} <= set(header)


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file with the mapping's columns.

    Raises:
        DatasetError: the mapping has no sense, or names a column that there is not.
    """
    names = check_columns(options.columns or PLAIN)
    wanted = {name for key, name in names.items() if key != "units"}
    found = _with_columns(files, wanted if options.columns else {"picture", "class", *BOXES[0]})
    if not found and files.path.is_file():
        header = first_fields(files.head(files.path.name))
        missing = [name for name in sorted(wanted) if name not in header]
        raise DatasetError(
            f"{files.path}, line 1: no column {', '.join(missing)}; there are {', '.join(header)}"
        )
    if not found:
        raise DatasetError(
            f"{files.path}: no CSV file with the columns {', '.join(sorted(wanted))}"
        )
    classes = _read_categories(options.categories_csv, files) if options.categories_csv else {}
    tables = []
    for inside in found:
        table = read_table(files, inside)
        there = {key: name for key, name in names.items()
                 if key != "units" and name in table.header}  # fmt: skip
        columns = Columns(there, names.get("units") == "shares", classes=classes)
        tables.append((inside, table, columns))
    known = list(dict.fromkeys(classes.values()))
    return read_tables(files, tables, options, workers, classes=known)


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write `annotations.csv` with the mapping's columns, and the pictures."""
    check_class_names(dataset.class_names)
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
    if not any(set(box) <= set(columns) for box in BOXES) and "polygon" not in columns:
        raise DatasetError("the mapping needs columns for a box or for `polygon`")
    if columns.get("units", UNITS[0]) not in UNITS:
        raise DatasetError(f"units are {' or '.join(UNITS)}, not {columns['units']!r}")
    return dict(columns)


def _with_columns(files: SourceFiles, wanted: set[str]) -> list[str]:
    """The CSV files that have all of some columns."""
    inside = [files.path.name] if files.path.is_file() else list(files.index.with_suffix(".csv"))
    return [path for path in inside if wanted <= set(first_fields(files.head(path)))]


def _read_categories(path: Path, files: SourceFiles) -> dict[str, str]:
    """The name of each number."""
    try:
        table = parse_table(read_noted_text(path, files))
    except DatasetError:
        raise
    except ValueError as error:
        raise DatasetError(f"{path}, {error}") from error
    header, rows = table.header, table.rows
    lower = [name.lower() for name in header]
    if len(header) < 2:
        raise DatasetError(f"{path}, line 1: a column of ids and one of names were expected")
    id_at = next((lower.index(each) for each in ("id", "category_id") if each in lower), 0)
    name_at = next((lower.index(each) for each in ("name", "category", "class", "label")
                    if each in lower and lower.index(each) != id_at), 1)  # fmt: skip
    return {id_text(row.fields[header[id_at]]): row.fields[header[name_at]] for row in rows}


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
