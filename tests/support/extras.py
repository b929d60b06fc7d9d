"""What detections have beside boxes, where a test knows that they have it."""

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.masks.kind import MASKS


def masks_of(found: Detections) -> npt.NDArray[np.float32]:
    """(N, h, w): the boxes' masks."""
    masks = MASKS.of(found)
    assert masks is not None
    return masks


def keypoints_of(found: Detections) -> npt.NDArray[np.float32]:
    """(N, K, 3), [y, x, score]."""
    points = KEYPOINTS.of(found)
    assert points is not None
    return points
