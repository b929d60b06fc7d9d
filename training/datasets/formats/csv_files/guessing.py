"""What a CSV file's header does not say and its numbers do: shares or pixels, a box's order."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.datasets.box_checks import are_shares
from training.datasets.box_forms import BoxCounts, BoxForm
from training.datasets.formats.csv_files.objects import (
    BOXES,
    ORDERS,
    Columns,
    corners_of,
    numbers_in,
)
from training.datasets.formats.csv_files.table import Row, Table

# More rows than this say nothing new.
MOST_LOOKED_AT = 20_000
# Shares are looked at in thousandths, since a box may reach out of its image by a pixel.
_WHOLE = 1000


@dataclass(frozen=True)
class GuessedColumns(Columns):
    """Columns, and a sentence on each thing that was taken and not said."""

    guesses: tuple[str, ...] = field(default_factory=tuple)


def guess_columns(
    table: Table,
    names: Mapping[str, str],
    classes: Mapping[str, str],
    only_class: str,
    form: BoxForm | None = None,
) -> GuessedColumns:
    """What the columns mean.

    Args:
        table: the file.
        names: the column of each meaning.
        classes: the name of each class's number.
        only_class: the class of objects that no column says.
        form: of a column that holds a whole box, where a person has said it.
    """
    plain = Columns(names)
    rows = table.rows[:MOST_LOOKED_AT]
    guesses = []
    order: tuple[str, ...] = BOXES[1]
    if plain.box is None and "box" in names:
        order = _order(plain, rows, form)
    if plain.box is None and "box" in names and form is None:
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


def _order(columns: Columns, rows: Sequence[Row], form: BoxForm | None) -> tuple[str, ...]:
    """What a column of whole boxes holds: as a person says, else as most fit into their images."""
    if form is not None:
        return ORDERS[form]
    boxes: list[tuple[Row, list[float]]] = []
    for row in rows:
        text = columns.text(row, "box")
        try:
            boxes += [(row, numbers_in(text, 4))] if text else []
        except ValueError:
            continue
    in_shares = are_shares(box for _, box in boxes)
    counts = BoxCounts()
    for row, box in boxes:
        try:
            size = (_WHOLE, _WHOLE) if in_shares else columns.size_wh(row)
        except ValueError:
            continue
        if size is not None:
            scaled = [value * _WHOLE for value in box] if in_shares else box
            counts.see(corners_of(scaled, BOXES[1]), scaled, size)
    return BOXES[0] if counts.look_like_corners else BOXES[1]


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
