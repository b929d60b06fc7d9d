"""The file of classes beside a CSV: `class,id` or `id,class` a row, with a header or none."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from training.datasets.defects import DatasetError
from training.datasets.formats.csv_files.table import Row, parse_table
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.text.files import read_noted_text

COLUMNS = ("class", "id")
NAMES = frozenset({
    "classes.csv", "class_mapping.csv", "class_map.csv", "class_list.csv", "class_names.csv",
    "_classes.csv",
})  # fmt: skip


def class_names_beside(files: SourceFiles) -> dict[str, str]:
    """The name of each number as it is written, by number; empty where there is no such file.

    Raises:
        DatasetError: a row of it is none, or an id comes twice; names the line.
    """
    if not files.path.is_dir():
        inside = [name for name in files.index.directly_in(parent(files.inside(files.path)))
                  if PurePosixPath(name).name.lower() in NAMES]  # fmt: skip
    else:
        inside = [path for path in files.index.files
                  if PurePosixPath(path).name.lower() in NAMES]  # fmt: skip
    if not inside:
        return {}
    path = files.index.path(inside[0])
    try:
        rows = parse_table(read_noted_text(path, files), COLUMNS).rows
        rows = _class_first(rows)
        first = rows[0].fields if rows else {}
    except DatasetError:
        raise
    except ValueError as error:
        raise DatasetError(f"{path}, {error}") from error
    by_id: dict[int, str] = {}
    for row in rows:
        # A header, or a table of another kind (Roboflow's of whole images).
        if row.fields is first and not row.fields["id"].strip().lstrip("-").isdigit():
            if row.fields["id"].lower() in ("id", "class_id", "number", "label"):
                continue
            return {}
        try:
            class_id = int(row.number("id"))
        except (ValueError, OverflowError) as error:
            raise DatasetError(f"{path}, line {row.line}: {error}") from error
        if class_id in by_id:
            raise DatasetError(f"{path}, line {row.line}: id {class_id} comes twice")
        by_id[class_id] = row.fields["class"]
    return {str(class_id): by_id[class_id] for class_id in sorted(by_id)}


def _class_first(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with the class before the number, whichever way round the file has them.

    Classes may be called by numbers; keras-retinanet's order holds where both columns are some.
    """
    below = rows[1:] or rows
    numbers_first = all(row.fields["class"].strip().isdigit() for row in below)
    if not numbers_first or all(row.fields["id"].strip().lstrip("-").isdigit() for row in below):
        return rows
    return [replace(row, fields={"class": row.fields["id"], "id": row.fields["class"]})
            for row in rows]  # fmt: skip
