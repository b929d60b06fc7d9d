"""Open Images' CSV of boxes, a row an object; read alone.

Source: "Data formats" of storage.googleapis.com/openimages/web/download_v7.html: ImageID, LabelName
(a machine-generated id such as /m/0cmf2), corners in 0..1, flags of 0, 1 or -1 for unknown. Class
names are in class-descriptions-boxable.csv or oidv7-class-descriptions-boxable.csv.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.csv_files.rows import lines_of, rows_of
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_names import without_image_suffix
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shape_reading import read_shapes
from training.datasets.formats.shapes import ImageShapes, Shape
from training.datasets.formats.splits.folders import split_of_path, split_of_stem
from training.datasets.formats.text.files import read_noted_text
from training.datasets.formats.text.json_values import as_number
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

BOXES = ("ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax")
_OCCLUDED, _TRUNCATED, _GROUP = "IsOccluded", "IsTruncated", "IsGroupOf"
_DESCRIPTIONS = "class-descriptions"
_ID = re.compile(rb"/[a-z]/[0-9a-z_]+,[^,\n]+\r?\n")


def find(files: SourceFiles) -> list[str]:
    """The CSV files with these columns."""
    return [path for each in annotation_folders(files, [".csv"], _is_one) for path in each.files]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file; a name such as `train-annotations-bbox.csv` says the split.

    Of images that are not there, as most are not where a part was downloaded, one defect tells.

    Raises:
        DatasetError: there are none, or a row is no row.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no CSV file with the columns {','.join(BOXES)}")
    names = _class_names(files)
    there = {without_image_suffix(PurePosixPath(path).name) for path in files.index.images}
    if options.images_dir is not None:
        there = set()
    images: list[ImageShapes] = []
    unread: list[Parsed] = []
    for inside in found:
        path = files.path_of(inside)
        split = split_of_stem(path.stem) or split_of_path(inside)
        by_id: dict[str, ImageShapes] = {}
        missing: dict[str, None] = {}
        for line, row in _rows(path, read_noted_text(path, files)):
            image_id = without_image_suffix(row["ImageID"])
            if there and image_id not in there:
                missing[image_id] = None
                continue
            origin = f"{path}, image {image_id}"
            image = by_id.setdefault(image_id, ImageShapes(
                (f"{image_id}.jpg",), origin, parent(inside), split=split, whole=1,
            ))  # fmt: skip
            try:
                image.shapes.append(parse_row(row, f"line {line}", names))
            except ValueError as error:
                image.defects.append((f"line {line}", str(error)))
        images += by_id.values()
        if missing:
            first = f"{min(missing)}.jpg"
            message = f"{counted(len(missing), 'image')} of it not there, the first {first}"
            unread.append(dropped(str(path), DefectKind.MISSING_IMAGE, message))
        files.note(NoteKind.READ, f"Open Images' boxes, {counted(len(by_id), 'image')}", path)
    labels = {shape.label for each in images for shape in each.shapes}
    if not names and any(label.startswith("/") for label in labels):
        message = f"no {_DESCRIPTIONS}*.csv beside: the classes keep ids such as /m/0cmf2"
        files.note(NoteKind.GUESSED, message)
    return read_shapes(files, images, options, workers, unread=unread)


def parse_row(row: dict[str, str], place: str, names: dict[str, str]) -> Shape:
    """The object of one row; corners in 0..1.

    Raises:
        ValueError: a corner is no number.
    """
    corners = tuple(as_number(row[key], key) for key in ("XMin", "YMin", "XMax", "YMax"))
    label = row["LabelName"]
    return Shape(
        names.get(label, label), place, (corners[0], corners[1], corners[2], corners[3]),
        truncated="1" in (row.get(_OCCLUDED), row.get(_TRUNCATED)),
        crowd=row.get(_GROUP) == "1",
    )  # fmt: skip


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's line and fields."""
    header: list[str] | None = None
    for line, values in _numbered(path, text):
        if header is None:
            header = [name.strip() for name in values]
        elif values:
            fields = dict(zip(header, (value.strip() for value in values), strict=False))
            if len(values) < len(header):
                fields = {name: fields.get(name, "") for name in header}
            yield line, fields


def _numbered(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line's number and fields.

    Raises:
        DatasetError: a quote has no end, and would take the rest of the file for one field.
    """
    try:
        yield from rows_of(lines_of(text), strict=True)
    except ValueError as error:
        raise DatasetError(f"{path}, {error}") from error


def _class_names(files: SourceFiles) -> dict[str, str]:
    """The name of each id, where the file of them lies anywhere below the root.

    FiftyOne calls it `metadata/classes.csv`.

    Raises:
        DatasetError: a quote in such a file has no end.
    """
    names: dict[str, str] = {}
    for inside in files.index.with_suffix(".csv"):
        if _DESCRIPTIONS in inside.lower() or _ID.match(files.head(inside)):
            text = read_noted_text(files.index.path(inside), files)
            for _, values in _numbered(files.index.path(inside), text):
                # Version 7 has a header.
                if len(values) >= 2 and values[0] != "LabelName":
                    names[values[0].strip()] = values[1].strip()
    return names


def _is_one(head: bytes) -> bool:
    first = head.removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    columns = {field.strip().strip(b'"').decode("utf-8", "replace")
               for field in first[0].split(b",")} if first else set()  # fmt: skip
    return set(BOXES) <= columns
