"""Masks as polygons, for formats and drawings that know no other outline."""

from itertools import pairwise

import contourpy
import numpy as np

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedObject
from training.datasets.polygons import Points


def polygons_of(mask: RunLengths) -> tuple[Points, ...]:
    """The outer outlines of a mask's parts, (N, 2) each, [y, x] in 0..1, the largest first.

    They run between the pixels; holes are filled.
    """
    padded = np.pad(mask.bitmap(), 1).astype(np.float64)
    # A pixel's value stands at its middle; half of the way to its neighbour is its edge.
    lines = contourpy.contour_generator(z=padded).lines(0.5)
    outlines = []
    for line in lines:
        if not isinstance(line, np.ndarray) or len(line) < 4:
            continue
        # contourpy goes around what is higher counter-clockwise (y up), and around holes clockwise.
        if _signed_area(line) <= 0:
            continue
        points = (line[:-1, ::-1] - 0.5) / (mask.height, mask.width)
        outlines.append(np.clip(points, 0, 1))
    return tuple(sorted(outlines, key=lambda points: -abs(_signed_area(points))))


def outlines_of(each: AnnotatedObject) -> tuple[Points, ...]:
    """An object's polygons, traced around its mask where it has that instead."""
    if each.polygons or each.mask is None:
        return each.polygons
    return polygons_of(each.mask)


def one_outline(each: AnnotatedObject, *, width: int, height: int) -> Points | None:
    """All parts of an object in one polygon: from part to part along a bridge of no width.

    None where the object has no mask, or one that is too thin for an outline.
    """
    parts = list(outlines_of(each))
    if not parts:
        return None
    scale = np.array([height, width], np.float64)
    joined = parts[0]
    for part in parts[1:]:
        distances = np.linalg.norm((joined[:, None] - part[None]) * scale, axis=-1)  # (N, M)
        here, there = np.unravel_index(int(distances.argmin()), distances.shape)
        around = np.concatenate([part[there:], part[: there + 1]])
        joined = np.concatenate([joined[: here + 1], around, joined[here:]])
    return joined


def _signed_area(points: Points) -> float:
    """The shoelace formula, over (N, 2) points."""
    closed = [*points.tolist(), points[0].tolist()]
    return float(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))) / 2
