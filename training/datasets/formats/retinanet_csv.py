"""keras-retinanet's CSV: `path,x1,y1,x2,y2,class` without a header, and a file of classes.

Source: the README of fizyr/keras-retinanet. Corners are pixels from 0; a picture without objects
has a row of empty fields; the class file has a row `class,id` each, ids from 0.
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
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.object_detection_csv import number
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import copy_pictures, write_text
from training.datasets.workers import Workers

COLUMNS = ("path", "x1", "y1", "x2", "y2", "class")
CORNERS = COLUMNS[1:5]
CLASS_COLUMNS = ("class", "id")
CLASS_FILES = ("classes.csv", "class_mapping.csv", "class_map.csv")


def looks_like(path: Path) -> bool:
    """Whether `path` is, or holds, a CSV whose first line is a picture with four corners."""
    return bool([file for file in csv_rows.csv_files(path, _is_one) if _is_one(file)])


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a file, or all of a folder's, and the class file beside.

    Raises:
        DatasetError: there is none, or the class file is not as it should be.
    """
    files = csv_rows.csv_files(path, _is_one)
    if not files:
        raise DatasetError(f"{path}: no CSV file of {','.join(COLUMNS)} without a header")
    parsed: list[Parsed] = []
    for file in files:
        _, rows = csv_rows.read_rows(file, COLUMNS)
        finder = csv_rows.picture_finder(file, options.pictures_dir)
        found = csv_rows.by_picture(file, rows, "path")
        read_one = partial(csv_rows.read_picture_rows, finder=finder, add_row=_add_row)
        parsed += workers.map(read_one, found, "rows")
    root = path if path.is_dir() else path.parent
    class_file = next((root / name for name in CLASS_FILES if (root / name).is_file()), None)
    classes = options.classes or (_read_classes(class_file) if class_file else None)
    return gather(parsed, path, options, classes=classes)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `<split>.csv`, `classes.csv` and the pictures."""
    copies = []
    for split in dataset.splits:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        pictures = dataset.of_split(split).pictures
        for picture in pictures:
            path = Path("images", split or "", picture.name).as_posix()
            copies.append((picture.source, folder / path))
            for each in picture.objects:
                corners = map(number, picture.pixels_xyxy(each.box_yxyx))
                writer.writerow((path, *corners, each.label))
            if not picture.objects:
                writer.writerow((path, "", "", "", "", ""))
        write_text(folder / f"{split or 'annotations'}.csv", text.getvalue())
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((name, class_id) for class_id, name in enumerate(dataset.class_names))
    write_text(folder / CLASS_FILES[0], text.getvalue())
    write_label_map(dataset.label_map, folder)
    copy_pictures(copies, workers)


def _is_one(file: Path) -> bool:
    fields = csv_rows.first_columns(file)
    if len(fields) != len(COLUMNS) or "." not in fields[0]:
        return False
    return all(_is_number(field) for field in fields[1:5]) or not any(fields[1:])


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _read_classes(path: Path) -> list[str]:
    """The names, in the order of their ids."""
    _, rows = csv_rows.read_rows(path, CLASS_COLUMNS)
    by_id: dict[int, str] = {}
    for row in rows:
        try:
            class_id = int(row.number("id"))
        except (ValueError, OverflowError) as error:
            raise DatasetError(f"{path}, line {row.line}: {error}") from error
        if class_id in by_id:
            raise DatasetError(f"{path}, line {row.line}: id {class_id} comes twice")
        by_id[class_id] = row.fields["class"]
    return [by_id[class_id] for class_id in sorted(by_id)]


def _add_row(draft: PictureDraft, row: Row) -> None:
    words = ("images", "train", "val", "test")
    # What we write ourselves: the folder says the split, and is no part of the name.
    parts = draft.name.split("/")
    while len(parts) > 1 and parts[0] in words:
        parts = parts[1:]
    draft.name = "/".join(parts)
    if not any(row.fields[column] for column in COLUMNS[1:]):
        return
    corners = [row.number(corner) for corner in CORNERS]
    draft.add(f"line {row.line}", row.fields["class"], corners)
