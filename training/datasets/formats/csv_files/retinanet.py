"""keras-retinanet's CSV: `path,x1,y1,x2,y2,class` without a header, and a file of classes.

Source: the README of fizyr/keras-retinanet. Corners are pixels from 0; an image without objects
has a row of empty fields; the class file has a row `class,id` each, ids from 0.
"""

import csv
import math
from io import StringIO
from pathlib import Path

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.csv_files.classes import class_names_beside
from training.datasets.formats.csv_files.object_detection import MAX_FOLDERS, number
from training.datasets.formats.csv_files.objects import BOXES, Columns
from training.datasets.formats.csv_files.reading import read_table, read_tables
from training.datasets.formats.csv_files.table import check_class_names, first_fields
from training.datasets.formats.files.image_files import copy_images, write_text
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.workers import Workers

COLUMNS = ("path", "x1", "y1", "x2", "y2", "class")
CLASS_FILE = "classes.csv"
_MOST_TEXTS = 20
_MEANINGS = dict(zip(("image", *BOXES[0], "class"), COLUMNS, strict=True))


def find(files: SourceFiles) -> list[str]:
    """The CSV files whose first line is an image with four corners."""
    if files.path.is_file():
        candidates = [files.path.name]
    else:
        candidates = list(files.index.with_suffix(".csv", max_depth=MAX_FOLDERS))
        # A list such as `gt.txt`; where there are many, they are label files.
        texts = list(files.index.with_suffix(".txt", max_depth=1))
        candidates += texts if len(texts) <= _MOST_TEXTS else []
    return [path for path in candidates if _is_one(first_fields(files.head(path)))]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file, and the class file beside.

    Raises:
        DatasetError: there is none, or the class file is not as it should be.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no CSV file of {','.join(COLUMNS)} without a header")
    columns = Columns(_MEANINGS)
    tables = [(inside, read_table(files, inside, COLUMNS), columns) for inside in found]
    classes = list(class_names_beside(files).values())
    return read_tables(files, tables, options, workers, classes=classes)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `<split>.csv`, `classes.csv` and the images."""
    check_class_names(dataset.class_names)
    copies = []
    for split in dataset.splits:
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        images = dataset.of_split(split).images
        for image in images:
            path = Path("images", split or "", image.name).as_posix()
            copies.append((image.source, folder / path))
            for each in image.objects:
                corners = map(number, image.pixels_xyxy(each.box_yxyx))
                writer.writerow((path, *corners, each.label))
            if not image.objects:
                writer.writerow((path, "", "", "", "", ""))
        write_text(folder / f"{split or 'annotations'}.csv", text.getvalue())
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((name, class_id) for class_id, name in enumerate(dataset.class_names))
    write_text(folder / CLASS_FILE, text.getvalue())
    write_label_map(dataset.label_map, folder)
    copy_images(copies, workers)


def _is_one(fields: list[str]) -> bool:
    if len(fields) != len(COLUMNS) or "." not in fields[0]:
        return False
    return all(_is_number(field) for field in fields[1:5]) or not any(fields[1:])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
