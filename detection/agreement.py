"""Whether two answers to one image are the same, but for how numbers are rounded."""

import numpy as np

from detection.detections import Detections
from detection.kinds.boxes.kind import BOXES
from detection.tolerance import SURE, Tolerance

# Of a detector that is never so sure, what is at least this share of its best.
SURE_OF_BEST = 0.8
MOST_SHOWN = 3


def disagreements(expected: Detections, found: Detections, tolerance: Tolerance) -> list[str]:
    """What one of two answers says surely and the other does not say.

    Args:
        expected: of an image.
        found: of the same image, by somebody else.
        tolerance: within which they are the same.

    Returns:
        A few words each; none where the answers are the same.

    Example:
        >>> from detection.tolerance import SAME_PIXELS
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
    in_both = [kind for kind in these.extras if kind in those.extras]
    kinds = in_both if any(kind.locates for kind in in_both) else [BOXES, *in_both]
    for row in np.flatnonzero(these.scores >= sure):
        score, class_id = float(these.scores[row]), int(these.class_ids[row])
        alike = those.class_ids == class_id
        alike &= np.abs(those.scores - score) <= tolerance.score
        for kind in kinds:
            alike &= kind.alike(these, int(row), those, tolerance)
        if not alike.any():
            box = [round(float(side), 3) for side in these.boxes_yxyx[row]]
            told.append(f"class {class_id} with {score:.3f} at {box} {what}")
    return told
