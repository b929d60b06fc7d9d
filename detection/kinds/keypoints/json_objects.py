"""Keypoints as JSON has them, in both directions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.hands.skeleton import keypoint_names


def keypoint_objects(
    points: npt.NDArray[np.float32],
    *,
    width: int,
    height: int,
    names: Sequence[str | None] = (),
) -> list[dict[str, Any]]:
    """`name`, `x`, `y` in pixels and `score` of each of (K, 3) points, [y, x, score] in 0..1.

    `names` go before the usual ones, where a label map says them: K, None for one that is not said.

    Example:
        >>> keypoint_objects(np.array([[0.5, 0.1, 0.9]], np.float32), width=200, height=100)
        [{'name': 'keypoint_1', 'x': 20.0, 'y': 50.0, 'score': 0.9}]
    """
    said = tuple(names) or (None,) * len(points)
    return [
        {
            "name": own or name,
            "x": round(float(x) * width, 2),
            "y": round(float(y) * height, 2),
            "score": round(float(score), 4),
        }
        for own, name, (y, x, score) in zip(said, keypoint_names(len(points)), points, strict=True)
    ]


def parse_keypoints(
    objects: Sequence[Mapping[str, Any]], *, width: int, height: int
) -> npt.NDArray[np.float32]:
    """(K, 3) points, [y, x, score] in 0..1, of what `keypoint_objects` gave.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    rows = [[each["y"], each["x"], each["score"]] for each in objects]
    points = np.array(rows, np.float64).reshape(-1, 3) / (height, width, 1)
    return points.astype(np.float32)
