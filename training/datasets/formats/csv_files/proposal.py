"""The best guess at a CSV file's columns, for the command that a person is told to try."""

import shlex
from collections.abc import Mapping, Sequence

from training.datasets.formats.csv_files.header import has_box, kind_of, known_columns
from training.datasets.formats.csv_files.table import Table, head_text, parse_table

_CORNERS = ("x_min", "y_min", "x_max", "y_max")
_ROWS = 50


def proposal(path: str, head: bytes) -> str:
    r"""`--columns` with what is not known of a file, and the rest of the command.

    Args:
        path: the file.
        head: its beginning, without UTF-16's zeros.

    Example:
        >>> proposal("a.csv", b"Vorlage;Was;xmin;ymin;xmax;ymax\na.jpg;cup;1;2;3;4\n")
        'boxwright dataset check a.csv --columns image=Vorlage,class=Was'
    """
    text = head_text(head)
    try:
        # The last line of a beginning may be cut.
        table = parse_table(text[: text.rfind("\n") + 1] or text)
    except ValueError:
        return ""
    return columns_command(path, unknown_columns(table))


def columns_command(path: str, columns: Mapping[str, str]) -> str:
    """The command that reads a file with columns that a person has to say.

    Args:
        path: the file.
        columns: the column of each meaning.
    """
    pairs = ",".join(f"{meaning}={name}" for meaning, name in columns.items())
    return f"boxwright dataset check {shlex.quote(path)} --columns {shlex.quote(pairs)}"


def unknown_columns(table: Table) -> dict[str, str]:
    """The columns that their names do not tell, as far as their fields do; else `...`."""
    known = known_columns(table.header)
    free = [name for name in table.header if name and name not in known.values()]
    kinds = {name: _kind(table, name) for name in free}
    found: dict[str, str] = {}
    if "image" not in known:
        found["image"] = _take(free, kinds, "i") or _take(free, kinds, "t") or "..."
    if not {"class", "class_id"} & set(known):
        found["class"] = _take(free, kinds, "t") or "..."
    if not has_box(known):
        missing = [each for each in _CORNERS if each not in known]
        found |= {each: _take(free, kinds, "n") or "..." for each in missing}
    return found


def _take(free: list[str], kinds: Mapping[str, str], kind: str) -> str:
    """The first free column of a kind, which then is free no more."""
    name = next((each for each in free if kinds[each] == kind), "")
    if name:
        free.remove(name)
    return name


def _kind(table: Table, name: str) -> str:
    """What most of a column's fields are, as `csv_header` calls it."""
    fields: Sequence[str] = [row.fields[name] for row in table.rows[:_ROWS]]
    kinds = [kind_of(each) for each in fields if each]
    return max(set(kinds), key=kinds.count) if kinds else "-"
