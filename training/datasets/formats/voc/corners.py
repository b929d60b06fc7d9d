"""Whether a Pascal VOC data set counts pixels from 1, or says edges from 0.

The challenge's corners are pixels counted from 1, both in the box: over an image of 640 pixels they
go from 1 to 640. Tools write edges from 0 into the same elements. No file says which, but a corner
at 0 or between two pixels can only be an edge.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# What our own files say, whose fractions would be taken for edges from 0.
FROM_ONE = "corners from 1"
# VOC2011 and 2012 count from 1 and have a handful of fractions among 40,000 boxes.
_FRACTIONS_FROM = 0.05

Corners = tuple[float, float, float, float]


@dataclass(frozen=True)
class FirstPixel:
    """Where corners count from, 1 or 0, and why that was taken."""

    number: int
    reason: str


def first_pixel(boxes_xyxy: Iterable[Corners]) -> FirstPixel:
    """What the boxes of a data set tell.

    Args:
        boxes_xyxy: [xmin, ymin, xmax, ymax] as the files have them, of files that do not say.

    Example:
        >>> first_pixel([(10.0, 8.0, 30.5, 28.0)])
        FirstPixel(number=0, reason='1 of 1 boxes has corners between pixels')
    """
    count = at_zero = fractions = 0
    for box in boxes_xyxy:
        count += 1
        at_zero += 0 <= min(box[:2]) < 1
        fractions += any(value != int(value) for value in box)
    if at_zero:
        return FirstPixel(0, f"{_of(at_zero, count)} a corner below 1")
    if fractions and fractions >= _FRACTIONS_FROM * count:
        return FirstPixel(0, f"{_of(fractions, count)} corners between pixels")
    return FirstPixel(1, "no box begins below 1, and none of them lies between pixels"
                      if not fractions else "as good as all corners are whole pixels")  # fmt: skip


def _of(some: int, count: int) -> str:
    return f"{some} of {count} boxes {'has' if some == 1 else 'have'}"
