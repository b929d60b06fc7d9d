"""Numbers and ids out of JSON, where a person's or a tool's file may have anything in their place.

What is no number raises a `ValueError` whose sentence goes into the defect of that record.
"""

import math
from typing import Any

# A float holds every whole number up to here.
_LARGEST_WHOLE = 2**53
# No image has a longer side, and a message need not print 300 digits.
_LONGEST_SIDE = 2**31
_SHOWN = 40
# A class may be called 7; beyond this a number in the place of a name is a mistake, as is NaN.
LARGEST_NAME = 1e9


def shown(value: Any) -> str:
    """A value in a message, cut where it is long.

    Example:
        >>> shown([1, 2]), shown("x" * 99)[:9]
        ('[1, 2]', "'xxxxxxxx")
    """
    try:
        text = repr(value)
    except ValueError:
        # Python prints no whole number of more than 4300 digits.
        return "a number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def as_number(value: Any, what: str) -> float:
    """A finite number, also one in a string, as some tools write them.

    Args:
        value: as JSON has it.
        what: what it is, for the message.

    Raises:
        ValueError: it is something else: a list, a truth value, nothing, NaN.
    """
    # Nearly every number; asked first, for there are millions.
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    raise ValueError(f"{what} is {shown(value)}, a number was expected")


def as_size(width: Any, height: Any) -> tuple[int, int] | None:
    """Width and height in whole pixels; None where either is missing, empty or 0.

    Raises:
        ValueError: one is something else, or negative.
    """
    if any(each is None or each in ("", 0, "0") for each in (width, height)
           if not isinstance(each, list | dict)):  # fmt: skip
        return None
    sides = (as_number(width, "the width"), as_number(height, "the height"))
    for side, name in zip(sides, ("width", "height"), strict=True):
        if side == 0:
            return None
        if side < 1 or side != int(side):
            raise ValueError(f"the {name} is {side:g}, whole pixels were expected")
    return int(min(sides[0], _LONGEST_SIDE)), int(min(sides[1], _LONGEST_SIDE))


def as_id(value: Any) -> int | str | None:
    """An id: a whole number, or text, which is another; None where it is neither.

    Example:
        >>> as_id(1.0), as_id("1"), as_id([1])
        (1, '1', None)
    """
    # Nearly every id; asked first, for there are millions.
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _LARGEST_WHOLE else None
    return value
