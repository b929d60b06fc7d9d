"""From CSV files to a data set: the rows of each image together, its file found once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from detection.label_map import LabelMap
from training.datasets.box_forms import BoxForm
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, Defect, DefectKind, Loss
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.csv_files.many_boxes import single_boxes
from training.datasets.formats.csv_files.objects import Columns, add_row
from training.datasets.formats.csv_files.table import Row, Table, parse_table
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_finder import FoundImage, ImageName
from training.datasets.formats.files.image_folders import IMAGE_FOLDERS
from training.datasets.formats.files.image_names import is_whole_path
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import SAME_SHAPE, draft_of_image
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import (
    split_of_folder,
    split_of_path,
    split_of_stem,
    split_of_word,
)
from training.datasets.formats.splits.words import split_of_any_word
from training.datasets.formats.text.files import read_noted_text
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.workers import Workers

# Google AutoML's word for an image of no split.
_NO_SPLIT = "unassigned"


@dataclass(frozen=True)
class _ImageRows:
    """All rows of one file about one image, by the name that they call it."""

    path: Path
    beside: str
    name: str
    split: str | None
    columns: Columns
    rows: Sequence[Row]


def read_table(files: SourceFiles, inside: str, columns: Sequence[str] | None = None) -> Table:
    """A file of the data set.

    Args:
        files: the data set's.
        inside: the file's path from the root.
        columns: what its columns are, where its first line does not say that.

    Raises:
        DatasetError: it cannot be read, or is no table; names the line.
    """
    path = files.path_of(inside)
    try:
        table = single_boxes(parse_table(read_noted_text(path, files), columns))
    except ValueError as error:
        raise (
            error if isinstance(error, DatasetError) else DatasetError(f"{path}, {error}")
        ) from error
    if table.separator != ",":
        name = {"\t": "a tab"}.get(table.separator, f"{table.separator!r}")
        files.note(NoteKind.READ, f"fields are separated by {name}", path)
    twice = [name for name, count in Counter(table.header).items() if count > 1 and name]
    if twice:
        message = f"columns that come twice, the first of each counts: {listed(twice)}"
        files.note(NoteKind.ODD, message, path)
    return table


def read_tables(
    files: SourceFiles,
    tables: Sequence[tuple[str, Table, Columns]],
    options: ReadOptions,
    workers: Workers,
    *,
    classes: Sequence[str] = (),
    defects: Sequence[Defect] = (),
) -> Dataset:
    """The data set in some files.

    Args:
        files: the data set's.
        tables: each file's path from the root, its rows, and what its columns mean.
        options: the person's.
        workers: read the images' headers.
        classes: the names in order, where a file has them; a label map beside goes before.
        defects: that are known already.

    Raises:
        DatasetError: there are no images, or no classes.
    """
    found: list[_ImageRows] = []
    short = [*defects]
    for inside, table, columns in tables:
        path = files.path_of(inside)
        split = split_of_file(inside)
        named = f", split {split}" if split else ""
        files.note(NoteKind.READ, f"{counted(len(table.rows), 'row')}{named}", path)
        found += _images(files, inside, table, columns)
        short += [_lost(f"{path}, line {line}", message)
                  for line, message in table.short]  # fmt: skip
        if not table.rows and not table.short:
            message = "a header, and no row below it"
            short.append(_lost(str(path), message))
    names = [ImageName((each.name,), each.beside, (each.split,) if each.split else (), each.split)
             for each in found]  # fmt: skip
    images = files.images.find_all(names)
    one = partial(_read_image, needed=options.images_needed, exif_frame=options.exif_frame,
                  box_form=options.box_form)  # fmt: skip
    parsed = list(workers.map(one, list(zip(found, images, strict=True)), "rows"))
    known: LabelMap | Sequence[str] | None = options.classes or label_map_beside(files)
    return gather(
        [*parsed, Parsed(None, tuple(short))], files.path, options, classes=known or classes or None
    )


def split_of_file(inside: str) -> str | None:
    """The split that a file's name, else its folders, say: `train` of `train_labels.csv`."""
    return split_of_stem(Path(inside).stem) or split_of_path(inside)


def _images(files: SourceFiles, inside: str, table: Table, columns: Columns) -> list[_ImageRows]:
    """The rows of each image, images in the order in which they first come."""
    path, beside, split = files.path_of(inside), parent(inside), split_of_file(inside)
    column = columns.names["image"]
    names = _names(
        files, beside, (row.spaced[column] for row in table.rows if column in row.spaced)
    )
    by_name: dict[tuple[str, str | None], list[Row]] = {}
    translated: dict[str, str] = {}
    for row in table.rows:
        said, name = columns.text(row, "split"), row.fields[column]
        said = "" if said.lower() == _NO_SPLIT else said
        name = names.get(row.spaced.get(column, ""), name)
        own = (split_of_any_word(said) or said) if said else split
        if own and said and split_of_word(said) is None and own != said:
            translated[said] = own
        # What another machine's whole path says is known when all images are.
        own = own or (None if is_whole_path(name) else split_of_path(name.replace("\\", "/")))
        by_name.setdefault((name, own), []).append(row)
    if translated:
        told = listed([f"{said} as {own}" for said, own in translated.items()])
        files.note(NoteKind.GUESSED, f"splits by their words: {told}", path)
    return [_ImageRows(path, beside, name, own, columns, rows)
            for (name, own), rows in by_name.items()]  # fmt: skip


def _names(files: SourceFiles, beside: str, spaced: Iterable[str]) -> dict[str, str]:
    """What images are called whose names begin or end with spaces, where a file is called so."""
    return {
        each: each
        for each in dict.fromkeys(spaced)
        if (image := files.images.find(ImageName((each,), beside))).source and not image.step
    }


def _read_image(
    work: tuple[_ImageRows, FoundImage],
    *,
    needed: bool,
    exif_frame: ExifFrame | None,
    box_form: BoxForm | None,
) -> Parsed:
    each, image = work
    first, columns = each.rows[0], each.columns
    where = f"{each.path}, line {first.line}"
    if not each.name.strip("/.\\ "):
        return dropped(where, DefectKind.BAD_ANNOTATION, "no image is named")
    size, fault = _usual_size(each)
    draft = draft_of_image(
        image, where, said_size_wh=size, split=each.split, needed=needed, exif_frame=exif_frame
    )
    if isinstance(draft, Parsed):
        return draft
    draft.origin, draft.name = str(each.path), _without_folders(draft.name, each.split)
    draft.box_form = box_form
    draft.group = columns.text(first, "group") or None
    if fault:
        draft.report(f"line {first.line}", DefectKind.BAD_ANNOTATION, fault, "taken from the image")
    for row in each.rows:
        try:
            _add(draft, row, columns)
        except ValueError as error:
            draft.drop(f"line {row.line}", DefectKind.BAD_ANNOTATION, str(error))
    return draft.finish()


def _usual_size(each: _ImageRows) -> tuple[tuple[int, int] | None, str]:
    """The size that most rows say, and what is wrong with one that is none."""
    sizes: Counter[tuple[int, int]] = Counter()
    fault = ""
    for row in each.rows:
        try:
            size = each.columns.size_wh(row)
        except ValueError as error:
            fault = fault or str(error)
            continue
        if size is not None:
            sizes[size] += 1
    return (max(sizes, key=sizes.__getitem__) if sizes else None), fault


def _add(draft: ImageDraft, row: Row, columns: Columns) -> None:
    """Add a row's object; one of another size than the others is scaled, or dropped.

    Raises:
        ValueError: a number is none.
    """
    try:
        size = columns.size_wh(row)
    except ValueError:
        # It is told once an image.
        size = None
    usual = (draft.width, draft.height)
    if size is None or size == usual:
        add_row(draft, row, columns)
        return
    message = f"{size[0]}x{size[1]} pixels, other rows say {usual[0]}x{usual[1]}"
    shape = (size[0] * usual[1]) / (size[1] * usual[0])
    if abs(shape - 1) > SAME_SHAPE:
        draft.drop(f"line {row.line}", DefectKind.SIZE_DIFFERS, message)
        return
    draft.report(f"line {row.line}", DefectKind.SIZE_DIFFERS, message, "box scaled")
    draft.width, draft.height = size
    try:
        add_row(draft, row, columns)
    finally:
        draft.width, draft.height = usual


def _without_folders(name: str, split: str | None) -> str:
    """A path without the folders at its beginning that hold images, and that say the split."""
    parts = name.split("/")
    while len(parts) > 1 and (
        parts[0] in IMAGE_FOLDERS
        or (split is not None and split in (parts[0], split_of_folder(parts[0])))
    ):
        parts = parts[1:]
    return "/".join(parts)


def _lost(where: str, message: str) -> Defect:
    return Defect(where, DefectKind.BAD_ANNOTATION, message, "dropped", loses=Loss.OBJECT)
