"""Numbers and ids out of JSON, where a person's or a tool's file may have anything in their place.

Numbers come as strings from some tools, ids too. What is no number raises a `ValueError` whose
sentence goes into the defect of that record.
"""

import math
from typing import Any

# A float holds every whole number up to here; ids above it would meet others.
_LARGEST_WHOLE = 2**53
_SHOWN = 40


def shown(value: Any) -> str:
    """A value in a message, cut where it is long.

    Example:
        >>> shown([1, 2]), shown("x" * 99)[:9]
        ('[1, 2]', "'xxxxxxxx")
    """
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def as_number(value: Any, what: str) -> float:
    """A finite number, also one in a string.

    Args:
        value: as JSON has it.
        what: what it is, for the message.

    Raises:
        ValueError: it is something else: a list, a truth value, nothing, NaN.
    """
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    raise ValueError(f"{what} is {shown(value)}, a number was expected")


def as_size(width: Any, height: Any) -> tuple[int, int] | None:
    """Width and height in whole pixels; None where they are missing, 0 or no numbers."""
    try:
        sides = (as_number(width, "width"), as_number(height, "height"))
    except ValueError:
        return None
    if not all(side >= 1 and side == int(side) for side in sides):
        return None
    return int(sides[0]), int(sides[1])


def as_id(value: Any) -> int | str | None:
    """An id in the one form in which `1`, `1.0` and `"1"` are the same; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _LARGEST_WHOLE else None
    text = value.strip()
    try:
        # `01` and `1` are two names; a number is written in one way.
        return int(text) if len(text) < 4000 and str(int(text)) == text else text
    except ValueError:
        return text
