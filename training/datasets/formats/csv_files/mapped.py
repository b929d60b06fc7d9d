"""CSV exports with columns of their own, as labelling companies send them.

A mapping says which column means what, `meaning: column`:

- `image`, and either `class` or, with a categories CSV that names numbers, `class_id`;
- a box: `x_min`, `y_min` with `x_max`, `y_max` or `box_width`, `box_height`; or `x_center`,
  `y_center` with the size; or none of them where there is a `polygon`;
- if there are: `polygon`, `width` and `height` of the image, `split`, `group`;
- `units`: not a column but `pixels` (where it is left out) or `shares` (0..1).

A polygon is JSON, `[[x, y], ...]`, `[x, y, x, y, ...]` or `[{"x": 1, "y": 2}, ...]`, or plain
numbers, x and y in turn. The categories CSV has an id and a name in its first two columns, or in
columns called so.
"""

import csv
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.csv_files.guessing import guess_columns
from training.datasets.formats.csv_files.header import (
    foreign_columns,
    known_columns,
    without_doubtful_split,
)
from training.datasets.formats.csv_files.objects import BOXES, Columns, id_text
from training.datasets.formats.csv_files.proposal import columns_command, unknown_columns
from training.datasets.formats.csv_files.reading import read_table, read_tables
from training.datasets.formats.csv_files.table import (
    Table,
    check_class_names,
    first_fields,
    parse_table,
)
from training.datasets.formats.files.image_files import copy_images, write_text
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.shape_reading import one_class
from training.datasets.formats.text.files import read_noted_text
from training.datasets.notes import NoteKind, listed
from training.datasets.outlines import one_outline
from training.datasets.workers import Workers

MEANINGS = ("image", "class", "class_id", "x_min", "y_min", "x_max", "y_max", "x_center",
            "y_center", "box_width", "box_height", "polygon", "width", "height", "split", "group",
            "units")  # fmt: skip
UNITS = ("pixels", "shares")
# What is written where no mapping is given: every meaning under its own name, but for the image,
# whose column had this name before files of ours were out.
PLAIN = {"image": "picture"} | {name: name for name in ("split", "group", "width", "height",
                                                        "class", *BOXES[0], "polygon")}  # fmt: skip
_PLAIN_COLUMNS = {PLAIN["image"], "class", *BOXES[0]}


def find(files: SourceFiles) -> list[str]:
    """The CSV files that we wrote without a mapping."""
    return _with_columns(files, _PLAIN_COLUMNS)


def is_plain(header: Sequence[str]) -> bool:
    """Whether a file's columns are those that we write without a mapping."""
    return set(header) >= _PLAIN_COLUMNS


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file with the mapping's columns.

    Raises:
        DatasetError: the mapping has no sense, or names a column that there is not.
    """
    said = dict(options.columns) or PLAIN
    _check_meanings(said)
    wanted = {name for key, name in said.items() if key != "units"}
    found = _with_columns(files, wanted if options.columns else _PLAIN_COLUMNS)
    if not found and files.path.is_file():
        header = first_fields(files.head(files.path.name))
        missing = [name for name in sorted(wanted) if name not in header]
        raise DatasetError(
            f"{files.path}, line 1: no column {', '.join(missing)}; there are {', '.join(header)}"
        )
    if not found:
        others = [f"{path} has {', '.join(first_fields(files.head(path)))}"
                  for path in files.index.with_suffix(".csv", ".tsv")]  # fmt: skip
        there = f": {listed(others)}" if others else ""
        raise DatasetError(
            f"{files.path}: no CSV file with the columns {', '.join(sorted(wanted))}{there}"
        )
    classes = _read_categories(options.categories_csv, files) if options.categories_csv else {}
    tables = []
    for inside in found:
        table = read_table(files, inside)
        tables.append((inside, table, _columns(files, inside, table, options, classes)))
    known = list(dict.fromkeys(classes.values()))
    return read_tables(files, tables, options, workers, classes=known)


def _columns(
    files: SourceFiles, inside: str, table: Table, options: ReadOptions, classes: Mapping[str, str]
) -> Columns:
    """What a file's columns mean: as was said, and where that is not all, by their names."""
    said = dict(options.columns) or PLAIN
    names, path = {**said}, files.path_of(inside)
    if not _is_whole(said):
        known = without_doubtful_split(
            known_columns(table.header), [row.fields for row in table.rows]
        )
        taken = set(said.values())
        more = {meaning: name for meaning, name in known.items()
                if meaning not in said and name not in taken}  # fmt: skip
        if {"class", "class_id"} & set(said):
            more = {key: name for key, name in more.items() if key not in ("class", "class_id")}
        names = {**more, **said}
        if not _is_whole(names) and "box" not in names:
            raise DatasetError(f"{path}: {_fault(names)}; perhaps: {_completed(path, table, said)}")
        told = ", ".join(f"{meaning}={name}" for meaning, name in more.items())
        files.note(NoteKind.READ, f"columns that --columns does not name: {told}", path)
        note_foreign(files, path, table, more)
    there = {key: name for key, name in names.items() if key != "units" and name in table.header}
    if _is_whole(said):
        return Columns(there, names.get("units") == "shares", classes=classes)
    columns = guess_columns(table, there, classes, one_class(options), options.box_form)
    if "units" in said:
        return replace(columns, in_shares=said["units"] == "shares")
    for message in columns.guesses:
        files.note(NoteKind.GUESSED, message, path)
    return columns


def _completed(path: Path, table: Table, said: Mapping[str, str]) -> str:
    """The command with what is still to be said, as far as the fields show it."""
    missing = {key: name for key, name in unknown_columns(table).items() if key not in said}
    return columns_command(str(path), {**said, **missing})


def note_foreign(files: SourceFiles, path: Path, table: Table, names: Mapping[str, str]) -> None:
    """A note on columns that were taken by words of other languages than English.

    Args:
        files: keep the note.
        path: the file.
        table: its content.
        names: the column of each meaning that was taken by its name.
    """
    foreign = set(foreign_columns(table.header, names).values())
    found = {meaning: name for meaning, name in names.items() if name in foreign}
    if found:
        pairs = ",".join(f"{meaning}={name}" for meaning, name in found.items())
        message = f"columns by their words: --columns {shlex.quote(pairs)} says so, or otherwise"
        files.note(NoteKind.GUESSED, message, path)


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write `annotations.csv` with the mapping's columns, and the images."""
    check_class_names(dataset.class_names)
    said = dict(options.columns)
    columns = check_columns(said if _is_whole(said) else {**PLAIN, **said})
    if "class" not in columns:
        raise DatasetError("the mapping to be written names no column for `class`")
    text = StringIO()
    writer = csv.DictWriter(
        text, [name for key, name in columns.items() if key != "units"], lineterminator="\n"
    )
    writer.writeheader()
    for image in dataset.images:
        rows: list[dict[str, Any]] = [
            _object_meanings(each, image, columns, options) for each in image.objects
        ]
        for row in rows or [{}]:
            meant = {**_image_meanings(image), **row}
            writer.writerow({name: meant.get(key, "") for key, name in columns.items()
                             if key != "units"})  # fmt: skip
    write_text(folder / "annotations.csv", text.getvalue())
    write_label_map(dataset.label_map, folder)
    targets = [(each.source, folder / "images" / each.full_name) for each in dataset.images]
    copy_images(targets, workers)


def check_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping, if a data set can be read with it.

    Raises:
        DatasetError: a meaning is unknown, or one that is needed is missing.
    """
    _check_meanings(columns)
    if fault := _fault(columns):
        raise DatasetError(fault)
    return dict(columns)


def _check_meanings(columns: Mapping[str, str]) -> None:
    unknown = sorted(set(columns) - set(MEANINGS))
    if unknown:
        raise DatasetError(
            f"columns mean one of {', '.join(MEANINGS)}, but the mapping has {', '.join(unknown)}"
        )
    if columns.get("units", UNITS[0]) not in UNITS:
        raise DatasetError(f"units are {' or '.join(UNITS)}, not {columns['units']!r}")


def _is_whole(columns: Mapping[str, str]) -> bool:
    return not _fault(columns)


def _fault(columns: Mapping[str, str]) -> str:
    """What a mapping lacks, a sentence; empty for one with which a data set can be read."""
    if "image" not in columns or not {"class", "class_id"} & set(columns):
        return "the mapping needs a column for `image` and for `class` or `class_id`"
    if not any(set(box) <= set(columns) for box in BOXES) and "polygon" not in columns:
        return "the mapping needs columns for a box or for `polygon`"
    return ""


def _with_columns(files: SourceFiles, wanted: set[str]) -> list[str]:
    """The CSV files that have all of some columns."""
    inside = (
        [files.path.name] if files.path.is_file() else list(files.index.with_suffix(".csv", ".tsv"))
    )
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


def _image_meanings(image: AnnotatedImage) -> dict[str, Any]:
    return {"image": image.full_name, "split": image.split or "",
            "group": image.group or "", "width": image.width,
            "height": image.height}  # fmt: skip


def _object_meanings(
    each: AnnotatedObject,
    image: AnnotatedImage,
    columns: Mapping[str, str],
    options: WriteOptions,
) -> dict[str, Any]:
    in_shares = columns.get("units") == "shares"
    y_min, x_min, y_max, x_max = each.box_yxyx
    if in_shares:
        x_min, y_min, x_max, y_max = (round(value, 10) for value in (x_min, y_min, x_max, y_max))
    else:
        x_min, y_min, x_max, y_max = image.pixels_xyxy(each.box_yxyx)
    meant: dict[str, Any] = {
        "class": each.label, "x_min": x_min, "y_min": y_min, "x_max": x_max, "y_max": y_max,
        "x_center": (x_min + x_max) / 2, "y_center": (y_min + y_max) / 2,
        "box_width": x_max - x_min, "box_height": y_max - y_min,
    }  # fmt: skip
    outline = None
    if options.include_masks and each.has_mask:
        outline = one_outline(each, width=image.width, height=image.height)
    if outline is not None:
        points = np.round(outline[:, ::-1], 10) if in_shares else image.pixels_xy(outline)
        meant["polygon"] = json.dumps(points.tolist())
    return meant
