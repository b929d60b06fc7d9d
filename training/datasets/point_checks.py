"""Whether an annotation's outlines and keypoints can be some: their number, their edges, finite."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from training.datasets.annotated import NOT_LABELLED, VISIBLE, Keypoints
from training.datasets.box_checks import TOLERANCE_PX, Complaint
from training.datasets.defects import DefectKind, Loss
from training.datasets.polygons import Points


def check_polygon(
    polygon_xy: npt.NDArray[Any], *, width: int, height: int
) -> tuple[Points | None, tuple[Complaint, ...]]:
    """Clip or drop a polygon.

    Args:
        polygon_xy: (N, 2) [x, y], in pixels, any numbers.
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        Its points as (N, 2) [y, x] in 0..1, None where it can be none; and what was wrong with it.
    """
    size = np.array([width, height], np.float64)
    points = np.asarray(polygon_xy, np.float64)
    # Nearly every one: nothing to repair. Neither comparison holds of NaN.
    if len(points) >= 3 and points.min() >= 0 and (points <= size).all():
        return (points / size)[:, ::-1], ()
    if len(points) < 3 or not np.isfinite(points).all():
        return None, (_bad_mask(f"a polygon of {len(points)} points", "polygon dropped"),)
    clipped = np.clip(points, 0, size)
    found = (clipped / size)[:, ::-1]
    if np.abs(clipped - points).max() <= TOLERANCE_PX:
        return found, ()
    return found, (_bad_mask(f"a polygon outside of the image of {width}x{height}", "clipped"),)


def check_keypoints(
    keypoints_xyv: npt.NDArray[Any], *, width: int, height: int
) -> tuple[Keypoints, tuple[Complaint, ...]]:
    """Take keypoints for not labelled that lie outside of the image.

    Args:
        keypoints_xyv: (K, 3), x and y in pixels and the visibility, any numbers.
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        (K, 3) y, x in 0..1 and the visibility, and what was wrong with them.
    """
    points = np.asarray(keypoints_xyv, np.float64)
    x, y, visibility = points[:, 0], points[:, 1], points[:, 2].copy()
    complaints = []
    outside = (
        ~np.isfinite(points).all(1)
        | (np.minimum(x, y) < -TOLERANCE_PX)
        | (x > width + TOLERANCE_PX)
        | (y > height + TOLERANCE_PX)
    )
    outside &= visibility != NOT_LABELLED
    if outside.any():
        message = f"{outside.sum()} keypoints outside of the image"
        complaints.append(_bad_keypoints(message, "marked as not labelled"))
        visibility[outside] = NOT_LABELLED
    unknown = ~np.isin(visibility, (0, 1, 2))
    if unknown.any():
        message = f"a visibility of {visibility[unknown][0]:g}; 0, 1 and 2 were expected"
        complaints.append(_bad_keypoints(message, "taken as visible"))
        visibility[unknown] = VISIBLE
    y_share = np.clip(np.nan_to_num(y) / height, 0, 1)
    x_share = np.clip(np.nan_to_num(x) / width, 0, 1)
    return np.stack([y_share, x_share, visibility], 1), tuple(complaints)


def reach_of(polygon_xy: npt.NDArray[Any]) -> Sequence[float]:
    """The corners [x_min, y_min, x_max, y_max] of what a polygon spans, (N, 2) [x, y]."""
    points = np.asarray(polygon_xy, np.float64)
    return (*points.min(0).tolist(), *points.max(0).tolist())


def _bad_mask(message: str, repair: str) -> Complaint:
    return Complaint(DefectKind.BAD_MASK, message, repair, Loss.NOTHING)


def _bad_keypoints(message: str, repair: str) -> Complaint:
    return Complaint(DefectKind.BAD_KEYPOINTS, message, repair, Loss.NOTHING)
