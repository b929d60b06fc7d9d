"""What a CSV file's header does not say and its numbers do: shares or pixels, a box's order."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.datasets.formats.csv_files.objects import BOXES, Columns, numbers_in
from training.datasets.formats.csv_files.table import Row, Table

# More rows than this say nothing new.
MOST_LOOKED_AT = 20_000


@dataclass(frozen=True)
class GuessedColumns(Columns):
    """Columns, and a sentence on each thing that was taken and not said."""

    guesses: tuple[str, ...] = field(default_factory=tuple)


def guess_columns(
    table: Table, names: Mapping[str, str], classes: Mapping[str, str], only_class: str
) -> GuessedColumns:
    """What the columns mean.

    Args:
        table: the file.
        names: the column of each meaning.
        classes: the name of each class's number.
        only_class: the class of objects that no column says.
    """
    plain = Columns(names)
    rows = table.rows[:MOST_LOOKED_AT]
    guesses = []
    order: tuple[str, ...] = BOXES[1]
    if plain.box is None:
        order = _order(plain, rows)
        words = "x_min, y_min, x_max, y_max" if order is BOXES[0] else "x_min, y_min, width, height"
        guesses.append(f"the boxes in {names['box']!r} were taken as {words}")
    looked = Columns(names, box_order=order)
    in_shares = _are_shares(looked, rows)
    if in_shares:
        guesses.append(
            "no number of a box is above 1: they were taken as shares of the image, not pixels"
        )
    if plain.box in BOXES[1:] and "width" in names.values() and "width" not in names:
        guesses.append("`width` and `height` were taken as the box's")
    if "class" not in names and "class_id" not in names:
        guesses.append(f"no column names the class: all objects are {only_class!r}")
    return GuessedColumns(names, in_shares, order, classes, only_class, tuple(guesses))


def _order(columns: Columns, rows: Sequence[Row]) -> tuple[str, ...]:
    """Corners where the second two, taken as a size, would reach beyond an image."""
    beyond, is_corners = False, True
    for row in rows:
        try:
            size = columns.size_wh(row)
            text = columns.text(row, "box")
            if not text:
                continue
            x, y, third, fourth = numbers_in(text, 4)
        except ValueError:
            continue
        is_corners = is_corners and third > x and fourth > y
        beyond = beyond or (
            size is not None and (x + third > size[0] + 1 or y + fourth > size[1] + 1)
        )
    return BOXES[0] if beyond and is_corners else BOXES[1]


def _are_shares(columns: Columns, rows: Sequence[Row]) -> bool:
    """Whether every box lies in 0..1, and one of them has fractions."""
    has_fractions = False
    for row in rows:
        try:
            corners = columns.corners(row)
        except ValueError:
            continue
        if corners is None or not all(map(math.isfinite, corners)):
            continue
        if max(map(abs, corners)) > 1:
            return False
        has_fractions = has_fractions or any(value != int(value) for value in corners)
    return has_fractions
