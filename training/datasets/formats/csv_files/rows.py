"""The rows of a CSV file, the same whatever the process has read before.

Python's longest field is a setting of the whole process, which libraries raise and lower. Here it
is set while rows are parsed, and put back after them.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import StringIO
from itertools import islice

# The outline of an object of a thousand corners takes 40 kB.
LONGEST_FIELD = 10_000_000
# Of a file of millions, so many are held at once.
_AT_ONCE = 1000


def lines_of(text: str) -> list[str]:
    r"""The lines of a text with their ends; Unicode's other ends of lines may stand in a name.

    Example:
        >>> lines_of("a,b\nc,d")
        ['a,b\n', 'c,d']
    """
    return list(StringIO(text, newline=""))


def rows_of(
    lines: Iterable[str], separator: str = ",", *, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """The number of each row's last line, from 1, and its fields.

    Args:
        lines: with their ends.
        separator: what stands between the fields.
        strict: whether a quote that does not close is an error, and not the rest of the file.

    Raises:
        ValueError: a quote is none, or a field is longer than any has to be, as where a quote has
            no end; names the line.
    """
    reader = csv.reader(lines, delimiter=separator, strict=strict)
    while True:
        rows: list[tuple[int, list[str]]] = []
        fault: csv.Error | None = None
        with _longest_field():
            try:
                rows += ((reader.line_num, row) for row in islice(reader, _AT_ONCE))
            except csv.Error as error:
                fault = error
        yield from rows
        if fault is not None:
            raise ValueError(f"line {reader.line_num}: {fault}") from fault
        if len(rows) < _AT_ONCE:
            return


@contextmanager
def _longest_field() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
