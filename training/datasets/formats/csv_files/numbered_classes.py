"""CSV files whose classes are numbers, and the names that a list of classes beside gives them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from training.datasets.defects import Defect
from training.datasets.formats.class_numbers import MOST_CLASSES, class_numbers
from training.datasets.formats.csv_files.guessing import GuessedColumns
from training.datasets.formats.csv_files.objects import NO_OBJECT, id_text
from training.datasets.formats.csv_files.table import Table
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.yolo.description import class_lists, read_class_list
from training.datasets.notes import NoteKind

Tables = Sequence[tuple[str, Table, GuessedColumns]]


@dataclass(frozen=True)
class NumberedClasses:
    """What became of files whose classes are numbers.

    Args:
        tables: each file's path, its rows, and what its columns mean, with the numbers' names.
        names: the classes in order; empty where numbers are names.
        defects: that nobody knows what the numbers count from.
    """

    tables: Tables
    names: tuple[str, ...] = ()
    defects: list[Defect] = field(default_factory=list)


def with_names(files: SourceFiles, tables: Tables, options: ReadOptions) -> NumberedClasses:
    """The files with names for their class numbers, where all are some and a list names them.

    The list is `--classes`, or a `classes.txt` and the like beside; a name a line, from 0 or 1.

    Args:
        files: the data set's.
        tables: each file's path, its rows, and what its columns mean.
        options: the person's.
    """
    used = _numbers_in(tables)
    if not used:
        return NumberedClasses(tables)
    beside = [path for path in class_lists(files) if parent(path) in _folders(tables)]
    names, where = options.classes, "--classes"
    if not names and beside:
        where = beside[0]
        files.use(where)
        names = read_class_list(files, where)
    # A class may be called by a number.
    if len(set(names)) < len(names) or not names or set(map(str, used)) & set(names):
        return NumberedClasses(tables)
    numbers = class_numbers(used, names, asked=options.first_class)
    by_number = {str(number): name for number, name in enumerate(names, numbers.first)}
    guess = numbers.guess or f"the numbers of classes are those of {where}, from {numbers.first}"
    files.note(NoteKind.GUESSED, guess)
    named = [(path, table, _of_numbers(columns, by_number)) for path, table, columns in tables]
    return NumberedClasses(named, names, numbers.defects(str(files.path)))


def _numbers_in(tables: Tables) -> set[int]:
    """The numbers of all classes; empty where one of them is a name."""
    texts = {columns.label(row) for _, table, columns in tables for row in table.rows}
    numbers = {id_text(text) for text in texts if text and text.lower() not in NO_OBJECT}
    if not all(text.isascii() and text.isdigit() and len(text) < len(str(MOST_CLASSES))
               for text in numbers):  # fmt: skip
        return set()
    return set(map(int, numbers))


def _folders(tables: Tables) -> set[str]:
    """The folders of some files, and those around them."""
    inside = {parent(path) for path, _, _ in tables}
    return inside | set(map(parent, inside)) | {""}


def _of_numbers(columns: GuessedColumns, classes: dict[str, str]) -> GuessedColumns:
    names = dict(columns.names)
    names["class_id"] = names.get("class_id") or names["class"]
    names.pop("class", None)
    return replace(columns, names=names, classes=classes)
