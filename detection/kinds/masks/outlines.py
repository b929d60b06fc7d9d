"""The outlines of a box's mask as polygons, by marching squares (Lorensen and Cline 1987, in 2D).

Looked at are the mask's own parts, some 28 by 28, and not the image's pixels: an outline has some
sixty corners however large the image.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.masks.placing import THRESHOLD

Floats = npt.NDArray[np.float64]
Corner = tuple[float, float]

# The sides of a square of four values: above, right, below, left. By which of its corners are
# inside (above left 1, above right 2, below right 4, below left 8): from which side to which the
# outline goes, the inside on its left hand.
_PIECES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((2, 0),), 11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip
# Two opposite corners: joined where the square's middle is inside, else apart.
_JOINED = {5: ((1, 0), (3, 2)), 10: ((0, 3), (2, 1))}
_APART = {5: ((3, 0), (1, 2)), 10: ((0, 1), (2, 3))}
# Less than this share of the box is a crumb of the interpolation, and no part of the object.
_SMALLEST_SHARE = 1e-4


def mask_polygons(
    mask: npt.NDArray[Any], box_yxyx: npt.NDArray[Any], *, width: int, height: int
) -> list[list[float]]:
    """The outer outlines of a mask, the largest first; holes are not among them.

    Args:
        mask: (h, w) in 0..1, of the box's parts.
        box_yxyx: (4,), [y_min, x_min, y_max, x_max] in 0..1; what is beyond is cut off.
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        COCO's polygons: [x, y, x, y, ...] in pixels each, three corners or more.

    Example:
        >>> mask_polygons(np.ones((2, 2)), np.array([0.25, 0.5, 0.75, 1.0]), width=8, height=4)
        [[4.0, 1.0, 4.0, 3.0, 8.0, 3.0, 8.0, 1.0]]
    """
    values = np.pad(np.pad(np.asarray(mask, np.float64), 1, mode="edge"), 1)
    rows, columns = mask.shape
    # The values are those of the parts' middles, reach up to the box's edge, and end there.
    ys = np.concatenate([[0, 0], (np.arange(rows) + 0.5) / rows, [1, 1]])
    xs = np.concatenate([[0, 0], (np.arange(columns) + 0.5) / columns, [1, 1]])
    found = []
    for ring in _rings(values, ys, xs):
        area = _area(ring)
        if area > _SMALLEST_SHARE:
            found.append((area, _in_image(ring, box_yxyx, width, height)))
    found.sort(key=lambda each: -each[0])
    return [polygon for _, polygon in found if len(polygon) >= 6]


def _rings(values: Floats, ys: Floats, xs: Floats) -> list[Floats]:
    """The closed outlines, (P, 2) each, [y, x] in 0..1 of the box."""
    inside = values >= THRESHOLD
    kinds = inside[:-1, :-1] * 1 + inside[:-1, 1:] * 2 + inside[1:, 1:] * 4 + inside[1:, :-1] * 8
    # By the side of a square that a piece starts from, which its neighbour calls another side:
    # (row, column, 0 along the row or 1 down the column).
    following: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for row, column in np.argwhere((kinds > 0) & (kinds < 15)).tolist():
        for start, end in _pieces(int(kinds[row, column]), values, row, column):
            following[_side(row, column, start)] = _side(row, column, end)
    rings = []
    while following:
        first, side = following.popitem()
        ring = [first]
        while side != first:
            ring.append(side)
            side = following.pop(side)
        rings.append(np.array([_crossing(each, values, ys, xs) for each in ring]))
    return rings


def _pieces(kind: int, values: Floats, row: int, column: int) -> tuple[tuple[int, int], ...]:
    if kind in _PIECES:
        return _PIECES[kind]
    middle = values[row : row + 2, column : column + 2].mean()
    return (_JOINED if middle >= THRESHOLD else _APART)[kind]


def _side(row: int, column: int, side: int) -> tuple[int, int, int]:
    """Above, right, below or left of a square, as both squares beside it call it."""
    if side == 0:
        return row, column, 0
    if side == 1:
        return row, column + 1, 1
    if side == 2:
        return row + 1, column, 0
    return row, column, 1


def _crossing(side: tuple[int, int, int], values: Floats, ys: Floats, xs: Floats) -> Corner:
    """Where the half is between the two values of a side: [y, x] in 0..1 of the box."""
    row, column, down = side
    first = values[row, column]
    second = values[row + down, column + 1 - down]
    share = (THRESHOLD - first) / (second - first)
    if down:
        return float(ys[row] + share * (ys[row + 1] - ys[row])), float(xs[column])
    return float(ys[row]), float(xs[column] + share * (xs[column + 1] - xs[column]))


def _area(ring: Floats) -> float:
    """Of a ring as a share of the box; below 0 for a hole, which goes around the other way."""
    ys, xs = ring.T
    return float(np.sum(ys * np.roll(xs, -1) - xs * np.roll(ys, -1)) / 2)


def _in_image(ring: Floats, box_yxyx: npt.NDArray[Any], width: int, height: int) -> list[float]:
    """[x, y, x, y, ...] in pixels, without corners between which nothing turns."""
    low, high = np.asarray(box_yxyx[:2], np.float64), np.asarray(box_yxyx[2:], np.float64)
    points = np.clip(low + ring * (high - low), 0, 1) * (height, width)
    points = points[(np.abs(points - np.roll(points, 1, axis=0)) > 1e-9).any(axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > 1e-6
    corners = points[turns][:, ::-1]
    start = int(np.lexsort((corners[:, 0], corners[:, 1]))[0]) if len(corners) else 0
    flat: list[float] = np.round(np.roll(corners, -start, axis=0), 2).ravel().tolist()
    return flat
