"""CSV files whose header says what is in them: a row an object.

The Object Detection API's tutorials have `filename,width,height,class,xmin,ymin,xmax,ymax`, which
is what is written. Exports of many tools and competitions differ in names, separators and the form
of a box; `csv_header` knows them. Corners are pixels, taken as edges from 0, or shares of 0..1.
"""

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.csv_files.classes import class_names_beside
from training.datasets.formats.csv_files.guessing import guess_columns
from training.datasets.formats.csv_files.header import (
    understand,
    without_doubtful_split,
    without_header,
)
from training.datasets.formats.csv_files.mapped import is_plain, note_foreign
from training.datasets.formats.csv_files.numbered_classes import NumberedClasses, with_names
from training.datasets.formats.csv_files.proposal import unknown_columns
from training.datasets.formats.csv_files.reading import read_table, read_tables
from training.datasets.formats.csv_files.table import Table, check_class_names, first_fields
from training.datasets.formats.files.image_files import copy_images, write_text
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.foreign import not_understood
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.shape_reading import one_class
from training.datasets.notes import NoteKind, listed
from training.datasets.workers import Workers

COLUMNS = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax")
# Labels in three folders: a folder a split, and one around all.
MAX_FOLDERS = 3


def find(files: SourceFiles) -> list[str]:
    """The files whose header names an image and a box."""
    if files.path.is_file():
        candidates = [files.path.name] if files.path.suffix.lower() in (".csv", ".tsv") else []
    else:
        candidates = list(files.index.with_suffix(".csv", ".tsv", max_depth=MAX_FOLDERS))
    return [each for each in candidates if _is_one(first_fields(files.head(each)))]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file; a name such as `train_labels.csv` or a folder says the split.

    Raises:
        DatasetError: there is none, or nothing says the classes.
    """
    found = find(files)
    if not found and files.path.is_file():
        raise DatasetError(not_understood(str(files.path), files.head(files.path.name)))
    if not found:
        raise DatasetError(f"{files.path}: no CSV file with columns such as {','.join(COLUMNS)}")
    names = class_names_beside(files)
    tables = []
    for inside in found:
        path = files.path_of(inside)
        own = without_header(first_fields(files.head(inside)))
        if own:
            message = f"there is no header, the fields were taken as {', '.join(own)}"
            files.note(NoteKind.GUESSED, message, path)
        table = read_table(files, inside, own or None)
        known = without_doubtful_split(understand(table.header), [row.fields for row in table.rows])
        columns = guess_columns(table, known, names, one_class(options), options.box_form)
        if not {"class", "class_id"} & set(columns.names) and not columns.only_class:
            raise DatasetError(
                f"{path}, line 1: no column names the class ({', '.join(table.header)}); "
                "--classes NAME gives all objects one, --columns class="
                f"{unknown_columns(table).get('class', '...')} says which column does"
            )
        _note(files, path, table, columns.names)
        note_foreign(files, path, table, columns.names)
        for message in columns.guesses:
            files.note(NoteKind.GUESSED, message, path)
        tables.append((inside, table, columns))
    numbered = NumberedClasses(tables) if names else with_names(files, tables, options)
    ordered = list(names.values()) or numbered.names
    return read_tables(
        files, numbered.tables, options, workers, classes=ordered, defects=numbered.defects
    )


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `<split>_labels.csv` and the images.

    An image without objects has a row with its class and corners empty.
    """
    check_class_names(dataset.class_names)
    copies = []
    for split in dataset.splits:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        images = dataset.of_split(split).images
        for image in images:
            beginning = (image.name, image.width, image.height)
            for each in image.objects:
                writer.writerow(
                    (*beginning, each.label, *map(number, image.pixels_xyxy(each.box_yxyx)))
                )
            if not image.objects:
                writer.writerow((*beginning, "", "", "", "", ""))
        write_text(folder / (f"{split}_labels.csv" if split else "labels.csv"), text.getvalue())
        root = folder / "images" / (split or "")
        copies += [(image.source, root / image.name) for image in images]
    write_label_map(dataset.label_map, folder)
    copy_images(copies, workers)


def number(value: float) -> str:
    """Whole numbers without a point, as spreadsheets and scripts expect pixels."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _is_one(header: list[str]) -> bool:
    if without_header(header):
        return True
    return bool(understand(header)) and not is_plain(header)


def _note(files: SourceFiles, path: Path, table: Table, names: Mapping[str, str]) -> None:
    """What was understood of a header that is not the usual one."""
    if set(names.values()) == set(COLUMNS):
        return
    read_ones = ", ".join(f"{meaning}={name}" for meaning, name in names.items())
    rest = [name or f"number {position}, which has no name"
            for position, name in enumerate(table.header, 1)
            if name not in names.values()]  # fmt: skip
    unused = f"; not read: {listed(rest, 8)}" if rest else ""
    files.note(NoteKind.READ, f"columns {read_ones}{unused}", path)
