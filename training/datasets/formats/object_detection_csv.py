"""The CSV of the Object Detection API's tutorials: a row an object.

`filename,width,height,class,xmin,ymin,xmax,ymax`; corners in pixels, taken as edges from 0.
"""

import csv
from functools import partial
from io import StringIO
from pathlib import Path

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.drafts import Parsed, PictureDraft
from training.datasets.formats import csv_rows
from training.datasets.formats.csv_rows import Row
from training.datasets.formats.gathering import gather
from training.datasets.formats.label_map_file import label_map_in, write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import copy_pictures, write_text
from training.datasets.workers import Workers

COLUMNS = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax")
CORNERS = COLUMNS[4:]


def looks_like(path: Path) -> bool:
    """Whether `path` is, or holds, a CSV with these columns."""
    return bool([file for file in csv_rows.csv_files(path, _is_one) if _is_one(file)])


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a file, or all of a folder's; a name such as `train_labels.csv` says the split.

    Raises:
        DatasetError: there is none, or a column is missing.
    """
    files = csv_rows.csv_files(path, _is_one)
    if not files:
        raise DatasetError(f"{path}: no CSV file with the columns {','.join(COLUMNS)}")
    parsed: list[Parsed] = []
    for file in files:
        header, rows = csv_rows.read_rows(file)
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise DatasetError(f"{file}, line 1: no column {', '.join(missing)}")
        finder = csv_rows.picture_finder(file, options.pictures_dir)
        found = csv_rows.by_picture(file, rows, "filename")
        read_one = partial(
            csv_rows.read_picture_rows, finder=finder, add_row=_add_row, size_of=_size
        )
        parsed += workers.map(read_one, found, "rows")
    root = path if path.is_dir() else path.parent
    classes = options.classes or label_map_in(root)
    return gather(parsed, path, options, classes=classes)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `<split>_labels.csv` and the pictures.

    A picture without objects has a row with its class and corners empty.
    """
    copies = []
    for split in dataset.splits:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        pictures = dataset.of_split(split).pictures
        for picture in pictures:
            beginning = (picture.name, picture.width, picture.height)
            for each in picture.objects:
                writer.writerow(
                    (*beginning, each.label, *map(number, picture.pixels_xyxy(each.box_yxyx)))
                )
            if not picture.objects:
                writer.writerow((*beginning, "", "", "", "", ""))
        write_text(folder / (f"{split}_labels.csv" if split else "labels.csv"), text.getvalue())
        root = folder / "images" / (split or "")
        copies += [(picture.source, root / picture.name) for picture in pictures]
    write_label_map(dataset.label_map, folder)
    copy_pictures(copies, workers)


def number(value: float) -> str:
    """Whole numbers without a point, as spreadsheets and scripts expect pixels."""
    return str(int(value)) if value == int(value) else repr(value)


def _is_one(file: Path) -> bool:
    return set(COLUMNS) <= set(csv_rows.first_columns(file))


def _size(row: Row) -> tuple[int, int]:
    return int(row.number("width")), int(row.number("height"))


def _add_row(draft: PictureDraft, row: Row) -> None:
    if not row.fields["class"] and not any(row.fields[corner] for corner in CORNERS):
        return
    corners = [row.number(corner) for corner in CORNERS]
    draft.add(f"line {row.line}", row.fields["class"], corners)
