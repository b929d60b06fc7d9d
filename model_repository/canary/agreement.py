"""Whether two answers to one image are the same, but for how numbers are rounded."""

from dataclasses import asdict, dataclass

import numpy as np

from detection.detections import Boxes, Detections, Keypoints

# Below, a detection is one of the many that a detector is not sure of: whether it or its neighbour
# is answered is decided by the last digit.
SURE = 0.3
# Of a detector that is never so sure, what is at least this share of its best.
SURE_OF_BEST = 0.8
MOST_SHOWN = 3


@dataclass(frozen=True)
class Tolerance:
    """How far two detections of the same object may be from one another.

    Args:
        iou: they overlap by that much or more.
        score: their scores differ by no more.
        point: of detections with keypoints: each point that is sure is no farther away, as a share
            of the image's sides. Where they lie is what counts then, not the box around them,
            which reaches to points that nobody is sure of.
        stray_points: such a share of a detection's sure points may lie anywhere.
        mask: of detections with masks: their parts differ by no more on the average, in 0..1.
        share: of all that is surely detected in a set of images, so much may have no counterpart.
    """

    iou: float
    score: float
    share: float = 0.0
    point: float = 0.01
    mask: float = 0.01
    stray_points: float = 0.0

    def as_json(self) -> dict[str, float]:
        """For a model card."""
        return asdict(self)


# The same pixels, computed in another order.
SAME_PIXELS = Tolerance(iou=0.98, score=0.005)
# The same pixels, but weights rounded to eleven bits. In 200 images of hands the scores differed
# by 0.0007 at most; of 3313 cells in 60 images, 2 took their neighbour's place. Where a point is
# believed in two places alike, it may be in the other one: of 32 hands' points, one was.
HALF_WEIGHTS = Tolerance(iou=0.95, score=0.01, share=0.02, mask=0.03, stray_points=0.1)
# The same file, decoded and resized by other code: pixels may be off by one of 255. Of two boxes of
# an object that score nearly the same, one suppresses the other, and it may be the other one then;
# they overlap by more than the suppression's IoU. Where objects are crowded, one that takes its
# neighbour's place takes or leaves others too: 3 of 400 in sixteen images of blood cells.
SAME_FILE = Tolerance(iou=0.75, score=0.05, share=0.02, point=0.03, mask=0.1)
# The same pixels, by what the weights are stored as.
SAME_PIXELS_OF = {"float32": SAME_PIXELS, "float16": HALF_WEIGHTS}


def disagreements(expected: Detections, found: Detections, tolerance: Tolerance) -> list[str]:
    """What one of two answers says surely and the other does not say.

    Args:
        expected: of an image.
        found: of the same image, by somebody else.
        tolerance: within which they are the same.

    Returns:
        A few words each; none where the answers are the same.

    Example:
        >>> one = Detections([[0.1, 0.2, 0.5, 0.6]], [0.94], [1])
        >>> disagreements(one, one, SAME_PIXELS)
        []
        >>> disagreements(one, one[:0], SAME_PIXELS)
        ['class 1 with 0.940 at [0.1, 0.2, 0.5, 0.6] is missing']
    """
    sure = sure_score([expected, found])
    return [
        *_without_counterpart(expected, found, sure, tolerance, "is missing"),
        *_without_counterpart(found, expected, sure, tolerance, "is new"),
    ]


def sure_count(expected: Detections, found: Detections) -> int:
    """How many detections of two answers `disagreements` looks for in the other one."""
    sure = sure_score([expected, found])
    return sum(int((each.scores >= sure).sum()) for each in (expected, found))


def sure_score(answers: list[Detections]) -> float:
    """What a detection has to score for the other answer to have it too."""
    best = max((float(each.scores[0]) for each in answers if len(each)), default=0.0)
    return min(SURE, SURE_OF_BEST * best)


def _without_counterpart(
    these: Detections, those: Detections, sure: float, tolerance: Tolerance, what: str
) -> list[str]:
    told = []
    for row in np.flatnonzero(these.scores >= sure):
        score, class_id = float(these.scores[row]), int(these.class_ids[row])
        alike = those.class_ids == class_id
        alike &= np.abs(those.scores - score) <= tolerance.score
        if these.keypoints is None or those.keypoints is None:
            alike &= _overlaps(these.boxes_yxyx[row], those.boxes_yxyx) >= tolerance.iou
        else:
            alike &= _strays(these.keypoints[row], those.keypoints, tolerance.point) <= (
                tolerance.stray_points
            )
        if these.masks is not None and those.masks is not None:
            # Two boxes of an object that lie apart show other parts of it.
            apart = np.abs(those.masks - these.masks[row]).mean(axis=(1, 2))
            alike &= apart <= tolerance.mask
        if not alike.any():
            box = [round(float(side), 3) for side in these.boxes_yxyx[row]]
            told.append(f"class {class_id} with {score:.3f} at {box} {what}")
    return told


def _strays(points: Keypoints, others: Keypoints, most: float) -> Boxes:
    """(N,): which share of the sure points (K, 3) is farther than `most` from those (N, K, 3)."""
    sure = points[:, 2] >= SURE
    away = np.abs(others[..., :2] - points[:, :2]).max(axis=-1)  # (N, K)
    strays = ((away > most) & sure).sum(axis=-1)
    share: Boxes = (strays / max(1, int(sure.sum()))).astype(np.float32)
    return share


def _overlaps(box_yxyx: Boxes, boxes_yxyx: Boxes) -> Boxes:
    """(N,) IoU of a box with N others; 1 with one that is the same, even if it is empty."""
    top_left = np.maximum(box_yxyx[:2], boxes_yxyx[:, :2])
    bottom_right = np.minimum(box_yxyx[2:], boxes_yxyx[:, 2:])
    common = np.prod(np.maximum(bottom_right - top_left, 0), axis=1)
    areas = np.prod(boxes_yxyx[:, 2:] - boxes_yxyx[:, :2], axis=1)
    union = areas + np.prod(box_yxyx[2:] - box_yxyx[:2]) - common
    # What differs by less than a thousandth of the image is not seen, however thin the box.
    same = np.abs(boxes_yxyx - box_yxyx).max(axis=1, initial=0) < 1e-3
    return np.where(same, 1.0, common / np.maximum(union, 1e-9)).astype(np.float32)
