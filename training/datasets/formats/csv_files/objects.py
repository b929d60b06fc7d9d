"""One row of a CSV file as an object, by what its columns mean."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from training.datasets.box_forms import BoxForm
from training.datasets.drafts import ImageDraft
from training.datasets.formats.csv_files.table import Row
from training.datasets.formats.text.json_values import as_size

# Each set of columns that makes a box.
BOXES = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("x_min", "y_min", "box_width", "box_height"),
    ("x_center", "y_center", "box_width", "box_height"),
)
# Of a column that holds a whole box.
ORDERS: Mapping[BoxForm, tuple[str, ...]] = {"xyxy": BOXES[0], "xywh": BOXES[1]}
# What is written in the column of classes for an image in which there is none.
NO_OBJECT = frozenset({"background", "no finding", "no object", "no_object", "negative", "empty"})
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Columns:
    """What the columns of one file mean.

    Args:
        names: the column of each meaning, as `csv_header.NAMES` and `mapped_csv` have them.
        in_shares: whether coordinates are shares of 0..1.
        box_order: of a column that holds a whole box: one of `BOXES`.
        classes: the name of each number in the column of class numbers.
        only_class: the class of objects that no column says.
    """

    names: Mapping[str, str]
    in_shares: bool = False
    box_order: tuple[str, ...] = BOXES[1]
    classes: Mapping[str, str] = field(default_factory=dict)
    only_class: str = ""

    @cached_property
    def box(self) -> tuple[str, ...] | None:
        """The meanings that make a box; None where there are none."""
        return next((box for box in BOXES if set(box) <= set(self.names)), None)

    def text(self, row: Row, meaning: str) -> str:
        """A field; empty where the file has no such column, or nothing is in it."""
        column = self.names.get(meaning)
        return "" if column is None or row.is_empty(column) else row.fields[column]

    def label(self, row: Row) -> str:
        """The class; empty where there is none."""
        label = self.text(row, "class")
        number = self.text(row, "class_id")
        if not label and number:
            label = self.classes.get(id_text(number), number)
        return label

    def size_wh(self, row: Row) -> tuple[int, int] | None:
        """The image's size in pixels; None where the file does not say, or says 0.

        Raises:
            ValueError: a side is no whole number; says what is there.
        """
        if "width" not in self.names or "height" not in self.names:
            return None
        texts = (self.text(row, "width"), self.text(row, "height"))
        return _size(*texts, decimal_comma=row.decimal_comma) if all(texts) else None

    def corners(self, row: Row, form: BoxForm | None = None) -> list[float] | None:
        """The box as [x_min, y_min, x_max, y_max] in the file's units; None where there is none.

        Args:
            row: of the file.
            form: of a column that holds a whole box, where a person has said it.

        Raises:
            ValueError: a number is none, or is missing.
        """
        if self.box is not None:
            if not any(self.text(row, meaning) for meaning in self.box):
                return None
            values = [row.number(self.names[meaning]) for meaning in self.box]
            return corners_of(values, self.box)
        text = self.text(row, "box")
        order = self.box_order if form is None else ORDERS[form]
        return corners_of(numbers_in(text, 4), order) if text else None


def add_row(draft: ImageDraft, row: Row, columns: Columns) -> None:
    """Add a row's object; nothing where it says that there is none.

    Raises:
        ValueError: a number is none, or a polygon.
    """
    label, outline = columns.label(row), columns.text(row, "polygon")
    corners = columns.corners(row, draft.box_form)
    as_corners = None
    if corners is not None and columns.box is None and draft.box_form is None:
        as_corners = None if columns.box_order is BOXES[0] else columns.corners(row, "xyxy")
    if corners is None and not outline and label.lower() in NO_OBJECT | {""}:
        return
    polygons = [polygon(outline)] if outline else []
    if columns.in_shares:
        sides = (draft.width, draft.height)
        polygons = [each * sides for each in polygons]
        if corners is not None:
            corners = [corner * side for corner, side in zip(corners, sides * 2, strict=True)]
        if as_corners is not None:
            as_corners = [each * side for each, side in zip(as_corners, sides * 2, strict=True)]
    draft.add(f"line {row.line}", label or columns.only_class, corners, polygons_xy=polygons,
              as_corners=as_corners)  # fmt: skip


@lru_cache
def _size(width: str, height: str, *, decimal_comma: bool) -> tuple[int, int] | None:
    """Most rows of a file say the same."""
    row = Row(0, {"the width": width, "the height": height}, decimal_comma)
    return as_size(row.number("the width"), row.number("the height"))


def corners_of(numbers: Sequence[float], meanings: tuple[str, ...]) -> list[float]:
    """[x_min, y_min, x_max, y_max] of a box in one of the forms of `BOXES`."""
    x, y, third, fourth = numbers
    if meanings == BOXES[0]:
        return list(numbers)
    if meanings == BOXES[2]:
        x, y = x - third / 2, y - fourth / 2
    return [x, y, x + third, y + fourth]


def numbers_in(text: str, count: int) -> list[float]:
    """The numbers in a field such as `[834.0, 222.0, 56.0, 36.0]`.

    Raises:
        ValueError: there are not as many.
    """
    numbers = [float(each) for each in _NUMBER.findall(text)]
    if len(numbers) != count:
        raise ValueError(f"{count} numbers were expected, not {text[:80]!r}")
    return numbers


def polygon(text: str) -> Any:
    """(N, 2), x and y.

    Raises:
        ValueError: it is none of the forms.
    """
    if text.startswith("["):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the polygon is no JSON: {error}") from error
        if content and isinstance(content[0], dict):
            try:
                content = [[point["x"], point["y"]] for point in content]
            except (KeyError, TypeError) as error:
                raise ValueError("a polygon's points have x and y") from error
        try:
            numbers = np.array(content, np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError("a polygon is made of numbers") from error
    else:
        numbers = np.array([float(each) for each in _NUMBER.findall(text)])
    if numbers.size % 2 or numbers.size == 0:
        raise ValueError(f"a polygon has pairs of x and y, but there are {numbers.size} numbers")
    return numbers.reshape(-1, 2)


def id_text(text: str) -> str:
    """`3` for `3.0`, which spreadsheets make of it."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() else text
