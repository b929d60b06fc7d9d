"""A CSV file as a header and rows that know their lines, whatever its separator.

Spreadsheets of many countries write `;` between the fields and `,` in numbers.
"""

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from training.datasets.formats.csv_files.rows import lines_of, rows_of
from training.datasets.formats.text.scoring import ranked
from training.datasets.formats.written_classes import check_classes, spaces_around
from training.datasets.name_evidence import sample_of

SEPARATORS = (",", ";", "\t", "|")
MOST_OF_A_COMMENT = 2
# Excel's own first line.
_SAID = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
# UTF-16's as they are where its zeros are left out.
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What spreadsheets and pandas write where nothing is.
_NO_SPACES: Mapping[str, str] = {}
NOTHING = frozenset({"", "nan", "none", "null", "na", "n/a", "-"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Args:
        line: in the file, from 1.
        fields: by column.
        decimal_comma: whether a comma may stand in a number.
        spaced: the fields that begin or end with spaces, as they are written.
    """

    line: int
    fields: Mapping[str, str]
    decimal_comma: bool = False
    spaced: Mapping[str, str] = field(default_factory=dict)

    def number(self, column: str) -> float:
        """The number in a column.

        Raises:
            ValueError: there is none; says what is there.
        """
        text = self.fields[column]
        try:
            return float(text.replace(",", ".") if self.decimal_comma else text)
        except ValueError as error:
            raise ValueError(f"{column} is {text!r}, a number was expected") from error

    def is_empty(self, column: str) -> bool:
        """Whether a field holds nothing, or a program's word for that."""
        return self.fields[column].lower() in NOTHING


def check_class_names(names: Iterable[str]) -> None:
    """Look for classes that would be read back as nothing, or without their spaces.

    Raises:
        DatasetError: there is one.
    """

    def fault(name: str) -> str:
        return "where it stands for nothing" if name.lower() in NOTHING else spaces_around(name)

    check_classes(names, "CSV", fault)


@dataclass(frozen=True, slots=True)
class Table:
    """A file.

    Args:
        header: the columns.
        rows: those with a field for each column.
        separator: what stands between the fields.
        short: the line, and a sentence, of each row with too few fields.
    """

    header: tuple[str, ...]
    rows: Sequence[Row]
    separator: str = ","
    short: Sequence[tuple[int, str]] = field(default_factory=tuple)


def parse_table(text: str, columns: Sequence[str] | None = None) -> Table:
    """Parse a file's text.

    Args:
        text: the file's.
        columns: what its columns are, where its first line does not say that.

    Raises:
        ValueError: it is empty, or quotes do not close; names the line.
    """
    lines = lines_of(text)
    begin, separator = _beginning(lines)
    # Lines are counted from the file's first.
    lines[:begin] = ["\n"] * begin
    header = [name.strip() for name in columns] if columns is not None else []
    rows: list[Row] = []
    short: list[tuple[int, str]] = []
    for line, values in rows_of(lines, separator, strict=True):
        if not any(value.strip() for value in values):
            continue
        if not header:
            header = [each.strip() for each in values]
            continue
        if len(values) < len(header):
            message = (
                f"{len(header)} fields were expected ({', '.join(header)}), there are {len(values)}"
            )
            short.append((line, message))
            continue
        pairs = [*zip(header, values, strict=False)]
        # Where two columns have one name, the first counts.
        fields = {name: value.strip() for name, value in reversed(pairs)}
        spaced = {name: value for name, value in reversed(pairs) if value != fields[name]}
        rows.append(Row(line, fields, separator != ",", spaced or _NO_SPACES))
    if not header:
        raise ValueError("empty; a line with the columns' names was expected")
    return Table(tuple(header), rows, separator, short)


def separator_of(line: str) -> str:
    """What stands between the fields of a line: what makes most of them.

    Example:
        >>> separator_of("filename;width;height"), separator_of("a|b,c,d")
        (';', ',')
    """
    return max(SEPARATORS, key=lambda each: len(_fields(line, each)))


def first_fields(head: bytes) -> list[str]:
    """The fields of a file's first line, from its beginning without UTF-16's zeros."""
    lines = lines_of(head_text(head))
    begin, separator = _beginning(lines)
    fields = _fields(lines[begin], separator) if begin < len(lines) else []
    return [field.strip() for field in fields]


def head_text(head: bytes) -> str:
    """A file's beginning in letters, without a byte-order mark; the last of them may be cut."""
    for mark in _MARKS:
        head = head.removeprefix(mark)
    if head.isascii():
        return head.decode()
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        return whole.decode()
    except UnicodeDecodeError:
        # Most files end before: telling encodings apart takes long.
        likely = ranked(sample_of(whole))
    for encoding in likely:
        try:
            return whole.decode(encoding)
        except UnicodeDecodeError:
            continue
    return head.decode("utf-8", "replace")


def _beginning(lines: Sequence[str]) -> tuple[int, str]:
    """The number of lines before the header, and the separator.

    Before it stand empty lines, Excel's `sep=;`, and comments that have no more than two fields.
    """
    for number, line in enumerate(lines):
        said = _SAID.match(line)
        if said:
            return number + 1, said.group(1)
        separator = separator_of(line)
        is_comment = line.startswith("#") and len(_fields(line, separator)) <= MOST_OF_A_COMMENT
        if line.strip() and not is_comment:
            return number, separator
    return len(lines), SEPARATORS[0]


def _fields(line: str, separator: str) -> list[str]:
    try:
        return next((fields for _, fields in rows_of([line], separator)), [])
    except ValueError:
        return []
