"""Box orders at the edges, and how much two boxes overlap.

Inside, boxes are `boxes_yxyx`: [y_min, x_min, y_max, x_max] in 0..1 of the image.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def to_pixels_xyxy(boxes_yxyx: Array, *, width: int, height: int) -> npt.NDArray[np.float64]:
    """Boxes in pixels, clipped to the image.

    Args:
        boxes_yxyx: (N, 4), [y_min, x_min, y_max, x_max] in 0..1; more or less than that is clipped.
        width: of the image, in pixels.
        height: of the image, in pixels.

    Returns:
        (N, 4) float64, [x_min, y_min, x_max, y_max], x in 0..width and y in 0..height.

    Example:
        >>> to_pixels_xyxy(np.array([[0.25, 0.5, 1.2, 1.0]]), width=640, height=480)
        array([[320., 120., 640., 480.]])
    """
    clipped = np.clip(np.asarray(boxes_yxyx, np.float64), 0.0, 1.0)
    return clipped[:, [1, 0, 3, 2]] * np.array([width, height, width, height], np.float64)


def to_coco_xywh(boxes_yxyx: Array, *, width: int, height: int) -> npt.NDArray[np.float64]:
    """Boxes as COCO has them: (N, 4) float64, [x_min, y_min, width, height] in pixels, clipped."""
    corners = to_pixels_xyxy(boxes_yxyx, width=width, height=height)
    return np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])


def iou(boxes: Array, others: Array) -> npt.NDArray[np.float64]:
    """Intersection over union of every pair; 0 where both are empty.

    Args:
        boxes: (N, 4) corners, [min, min, max, max], both arrays in the same order and unit.
        others: (M, 4).

    Returns:
        (N, M) in 0..1.
    """
    a = np.asarray(boxes, np.float64)[:, None, :]  # (N, 1, 4)
    b = np.asarray(others, np.float64)[None, :, :]  # (1, M, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection: npt.NDArray[np.float64] = np.clip(sides, 0, None).prod(-1)  # (N, M)
    areas = [np.clip(box[..., 2:] - box[..., :2], 0, None).prod(-1) for box in (a, b)]
    union = areas[0] + areas[1] - intersection
    overlap = np.zeros_like(intersection)
    np.divide(intersection, union, out=overlap, where=union > 0)
    return overlap
