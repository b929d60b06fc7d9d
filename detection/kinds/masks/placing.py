"""Masks of boxes, laid over the whole image.

A detector says of each part of a box, some 28 by 28, how surely it is of the object. Between the
middles of the parts that is interpolated; a pixel is the object's where it is a half or more in the
pixel's middle. Down a column of pixels the value is straight from one part's middle to the next:
where it crosses the half is computed, instead of looking at every pixel. So the work and the memory
for a mask are those of its columns, a few thousand, and not of its pixels, which can be millions.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.masks.run_lengths import RunLengths

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# He et al. 2017, section 3.1: "binarized at a threshold of 0.5".
THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class PlacedMask:
    """Which pixels of a rectangle are the object's, by where that changes in its columns.

    Args:
        top: of the rectangle in the image, in pixels.
        left: the same.
        height: of the rectangle; 0 where the box lies outside of the image.
        width: the same.
        columns: (N,) the column of each change, from 0 at `left`, rising.
        rows: (N,) its row, from 0 at `top` to `height`; in a column in turns a first row that is
            the object's and a first that is not.
    """

    top: int
    left: int
    height: int
    width: int
    columns: Integers
    rows: Integers

    def run_lengths(self, *, height: int, width: int) -> RunLengths:
        """The same over the whole image, whose size is given in pixels."""
        places = (self.left + self.columns) * height + self.top + self.rows
        return RunLengths.of_toggles(places, height=height, width=width)

    def bitmap(self) -> npt.NDArray[np.bool_]:
        """(height, width) of the rectangle alone."""
        mask = RunLengths.of_toggles(
            self.columns * self.height + self.rows, height=self.height, width=self.width
        )
        return mask.bitmap()


def place_mask(
    mask: npt.NDArray[Any], box_yxyx: npt.NDArray[Any], *, width: int, height: int
) -> PlacedMask:
    """Lay a box's mask over the image.

    Args:
        mask: (h, w) in 0..1, of the box's parts.
        box_yxyx: (4,), [y_min, x_min, y_max, x_max] in 0..1; what is beyond is cut off.
        width: of the image, in pixels.
        height: of the image, in pixels.
    """
    values = np.asarray(mask, np.float64)
    corners = np.asarray(box_yxyx, np.float64).tolist()
    y_min, x_min, y_max, x_max = (
        corner * side for corner, side in zip(corners, (height, width) * 2, strict=True)
    )
    top, bottom = _pixels(y_min, y_max, height)
    left, right = _pixels(x_min, x_max, width)
    rows_of_parts, columns_of_parts = values.shape
    middles = (np.arange(left, right) + 0.5 - x_min) / max(x_max - x_min, 1e-9)
    profiles = _interpolated(values, middles * columns_of_parts - 0.5)  # (h, pixel columns)
    inside = profiles >= THRESHOLD
    changes = inside[1:] != inside[:-1]
    rise = np.where(changes, profiles[1:] - profiles[:-1], 1.0)
    share = (THRESHOLD - profiles[:-1]) / rise
    parts = np.arange(rows_of_parts - 1)[:, None] + 0.5 + share
    crossing = y_min + parts * ((y_max - y_min) / rows_of_parts)
    # The first pixel whose middle is at the crossing or beyond it. Where nothing crosses, the
    # share is no place at all, and not used.
    first = np.where(changes, np.ceil(np.where(changes, crossing, 0.0) - 0.5), 0.0) - top
    toggles = np.zeros((rows_of_parts + 1, right - left), np.int64)
    toggles[1:-1] = np.clip(first, 0, bottom - top)
    toggles[-1] = bottom - top
    real = np.concatenate([inside[:1], changes, inside[-1:]])
    columns, order = np.nonzero(real.T)
    return PlacedMask(
        top, left, bottom - top, right - left, columns.astype(np.int64), toggles[order, columns]
    )


def _pixels(start: float, end: float, size: int) -> tuple[int, int]:
    """The first pixel whose middle is inside, and the one after the last.

    A box that lies between the middles of two pixels is given the one it lies in, so that nothing
    that was found is without a pixel.
    """
    first, last = max(0, math.ceil(start - 0.5)), min(size, math.ceil(end - 0.5))
    if first < last:
        return first, last
    middle = (start + end) / 2
    if not 0 <= middle <= size:
        return 0, 0
    pixel = min(int(middle), size - 1)
    return pixel, pixel + 1


def _interpolated(values: Floats, places: Floats) -> Floats:
    """Columns of (h, w) values at places between them, as (h, P); the edge's beyond the edge."""
    last = values.shape[1] - 1
    clipped = np.clip(places, 0, last)
    lower = np.floor(clipped).astype(np.intp)
    share = clipped - lower
    return values[:, lower] * (1 - share) + values[:, np.minimum(lower + 1, last)] * share
