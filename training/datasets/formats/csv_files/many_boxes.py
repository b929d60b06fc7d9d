"""CSV files whose rows hold all boxes of an image in one field, a row each made of them.

The Global Wheat data set has `BoxesString`: corners with spaces between, boxes with `;` between,
and `no_box` where there is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from training.datasets.formats.csv_files.table import Row, Table

_COLUMN = "boxesstring"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_NO_BOX = frozenset({"", "no_box", "nan"})


def single_boxes_header(header: Sequence[str]) -> list[str]:
    """The header that the rows have in the end; the same where no column holds several boxes.

    Example:
        >>> single_boxes_header(["image_name", "BoxesString", "domain"])
        ['image_name', 'domain', 'xmin', 'ymin', 'xmax', 'ymax']
    """
    column = _column(header)
    if column is None:
        return list(header)
    return [*(name for name in header if name != column), *_CORNERS]


def single_boxes(table: Table) -> Table:
    """The table with a row a box; the same where no column holds several."""
    column = _column(table.header)
    if column is None:
        return table
    rows = [single for row in table.rows for single in _rows(row, column)]
    return replace(table, header=tuple(single_boxes_header(table.header)), rows=rows)


def _column(header: Sequence[str]) -> str | None:
    return next((name for name in header if name.lower().replace("_", "") == _COLUMN), None)


def _rows(row: Row, column: str) -> Iterator[Row]:
    text = row.fields[column]
    rest = {name: value for name, value in row.fields.items() if name != column}
    boxes = [""] if text.strip().lower() in _NO_BOX else text.split(";")
    for box in boxes:
        words = box.split()
        # What is no box is told by the row's reader, of its first number.
        corners = words if len(words) == len(_CORNERS) or not words else [box.strip()] * 4
        fields = dict(zip(_CORNERS, corners or [""] * 4, strict=True))
        yield replace(row, fields={**rest, **fields})
