"""One line of a KITTI label file.

Source: the object development kit of the KITTI vision benchmark: a class, then 14 numbers:
truncated, occluded, alpha, four of the box, three dimensions, three coordinates, the rotation;
results have a score after them. Tools for other data leave the last one out. A class of several
words is written as it is, so that fields are counted from the right.
"""

from dataclasses import dataclass

# How many numbers follow the class: with a score, as it is, without the rotation.
COUNTS = (15, 14, 13)
_TRUNCATED, _OCCLUDED = (-1.0, 1.0), (-1.0, 0.0, 1.0, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Line:
    """What is kept of a line.

    Args:
        label: the class.
        truncated: which share of the object is outside of the image; -1 where nobody knows.
        box_xyxy: left, top, right and bottom in pixels from 0.
    """

    label: str
    truncated: float
    box_xyxy: tuple[float, float, float, float]


def parse_line(text: str) -> Line:
    """The object on a line.

    Raises:
        ValueError: the fields are not KITTI's; says what is there.

    Example:
        >>> line = "traffic light 0.00 0 -10 10 8 30 28 -1 -1 -1 -1000 -1000 -1000 -10"
        >>> parse_line(line).label, parse_line(line).box_xyxy
        ('traffic light', (10.0, 8.0, 30.0, 28.0))
    """
    fields = text.split()
    numbers: list[float] = []
    for field in reversed(fields):
        try:
            numbers.insert(0, float(field))
        except ValueError:
            break
    # A class that ends in a number (`Car 2`) looks like one field more.
    possible = [count for count in COUNTS if count <= len(numbers) and count < len(fields)]
    likely = [count for count in possible if _are_flags(*numbers[-count:][:2])]
    if not possible:
        raise ValueError(
            f"expected a class and 14 numbers, or 15 with a score, but got {len(fields)} fields, "
            f"the last {len(numbers)} of which are numbers"
        )
    count = (likely or possible)[0]
    truncated, _occluded, _alpha, left, top, right, bottom = numbers[-count:][:7]
    return Line(" ".join(fields[:-count]), truncated, (left, top, right, bottom))


def is_line(text: str) -> bool:
    """Whether a line has KITTI's fields, the first of which is no number, as YOLO's is."""
    fields = text.split()
    if len(fields) < COUNTS[-1] + 1 or fields[0].isdigit():
        return False
    try:
        parse_line(text)
    except ValueError:
        return False
    return True


def _are_flags(truncated: float, occluded: float) -> bool:
    least, most = _TRUNCATED
    return least <= truncated <= most and occluded in _OCCLUDED
