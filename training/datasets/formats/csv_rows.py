"""CSV files as rows that know their lines, and the rows of one picture together."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.picture_files import (
    PictureFinder,
    draft_of_file,
    read_text,
    split_of_word,
)

LONGEST_FIELD = 10_000_000


@dataclass(frozen=True)
class Row:
    """One row: its line, and its fields by column."""

    line: int
    fields: Mapping[str, str]

    def number(self, column: str) -> float:
        """The number in a column.

        Raises:
            ValueError: there is none; says what is there.
        """
        text = self.fields[column]
        try:
            return float(text)
        except ValueError as error:
            raise ValueError(f"{column} is {text!r}, a number was expected") from error


@dataclass(frozen=True)
class PictureRows:
    """All rows of one file about one picture, by the name that they call it."""

    path: Path
    name: str
    rows: Sequence[Row]


def read_rows(path: Path, columns: Sequence[str] | None = None) -> tuple[list[str], list[Row]]:
    """The columns and the rows of a file.

    Args:
        path: the file.
        columns: what its columns are, where its first line does not say that.

    Raises:
        DatasetError: it cannot be read, is empty, or a row has too few fields; names the line.
    """
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(read_text(path).splitlines(keepends=True), strict=True)
    rows: list[Row] = []
    try:
        header = list(columns) if columns is not None else [each.strip() for each in next(reader)]
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) < len(header):
                raise DatasetError(
                    f"{path}, line {reader.line_num}: {len(header)} fields were expected "
                    f"({', '.join(header)}), there are {len(values)}"
                )
            fields = {name: value.strip() for name, value in zip(header, values, strict=False)}
            rows.append(Row(reader.line_num, fields))
    except StopIteration:
        raise DatasetError(f"{path}: empty; a line with the columns' names was expected") from None
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num}: {error}") from error
    return header, rows


def first_columns(path: Path) -> list[str]:
    """The fields of the first line; none where the file cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [field.strip() for field in next(csv.reader(file), [])]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def by_picture(path: Path, rows: Sequence[Row], column: str) -> list[PictureRows]:
    """The rows of each picture, pictures in the order in which they first come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.fields[column], []).append(row)
    return [PictureRows(path, name, rows) for name, rows in found.items()]


def csv_files(path: Path, is_one: Callable[[Path], bool]) -> list[Path]:
    """`path` itself, or the files in it and its `annotations` that are of a kind."""
    if path.is_file():
        return [path]
    found = [*sorted(path.glob("*.csv")), *sorted((path / "annotations").glob("*.csv"))]
    return [file for file in found if is_one(file)]


def split_of_file(path: Path) -> str | None:
    """`train` of `train_labels.csv`."""
    words = path.stem.replace("-", "_").split("_")
    return next(filter(None, map(split_of_word, words)), None)


def picture_finder(path: Path, pictures_dir: Path | None) -> PictureFinder:
    """Where the pictures of a CSV file are."""
    if pictures_dir is not None:
        return PictureFinder((pictures_dir,))
    root, split = path.parent, split_of_file(path)
    folders = [root / split, root / "images" / split] if split else []
    return PictureFinder((*folders, root / "images", root, root.parent / "images", root.parent))


def read_picture_rows(
    found: PictureRows,
    finder: PictureFinder,
    add_row: Callable[[PictureDraft, Row], None],
    size_of: Callable[[Row], tuple[int, int]] | None = None,
) -> Parsed:
    """The picture that some rows are about.

    Args:
        found: the rows.
        finder: finds the picture.
        add_row: adds one row's object to the draft; raises ValueError where it cannot.
        size_of: width and height in a row, where the columns hold them.
    """
    first = found.rows[0]
    origin = str(found.path)
    where = f"{origin}, line {first.line}"
    if not found.name.strip("/.\\ "):
        return dropped(where, DefectKind.BAD_ANNOTATION, "no picture is named")
    source = finder.find(found.name)
    draft: PictureDraft | Parsed
    try:
        width, height = size_of(first) if size_of is not None else (0, 0)
    except (ValueError, OverflowError) as error:
        return dropped(where, DefectKind.BAD_ANNOTATION, str(error))
    if min(width, height) > 0:
        draft = PictureDraft(found.name, source, width, height, origin)
    else:
        draft = draft_of_file(found.name, source, where)
    if isinstance(draft, Parsed):
        return draft
    draft.origin, draft.split = origin, split_of_file(found.path)
    for row in found.rows:
        try:
            add_row(draft, row)
        except ValueError as error:
            draft.report(f"line {row.line}", DefectKind.BAD_ANNOTATION, str(error))
    return draft.finish()
