"""Precision and recall at every threshold, and the threshold that is best by F1.

F1 is the same for all thresholds between two neighboring scores. The best threshold is the middle
of the range in which F1 is highest, and of several such ranges the lowest, where recall is higher:
an object that scores a little less than those that were measured is then still found. Where nothing
scores lower, nothing is known of lower thresholds, and it is the lowest score itself.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.coco_metrics import ClassMatches, CocoMetrics

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

# So many points of a curve are written down; a line on a screen needs no more.
MOST_POINTS = 200
ALL_CLASSES = "all classes"


@dataclass(frozen=True)
class OperatingPoint:
    """What a threshold of the score makes of a detector.

    Args:
        threshold: 0..1.
        precision: 0..1, of what was found; 1 where nothing was.
        recall: 0..1, of the objects.
        f1: 0..1.
        false_per_image: detections that are of no object of their class, in an image; 0 or more.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    false_per_image: float

    def as_json(self) -> dict[str, float]:
        """For `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Curve:
    """One class at one limit of IoU, by falling threshold.

    Args:
        name: of the class.
        iou: the limit.
        thresholds: (N,) in 0..1, each score that a detection has, once.
        right: (N,) how many of what scores as much or more are of an object.
        wrong: (N,) how many are not.
        object_count: how many there are to find.
        image_count: in how many images.
    """

    name: str
    iou: float
    thresholds: Values
    right: Counts
    wrong: Counts
    object_count: int
    image_count: int

    @property
    def precision(self) -> Values:
        """(N,) in 0..1, of what scores as much or more."""
        precision: Values = self.right / (self.right + self.wrong)
        return precision

    @property
    def recall(self) -> Values:
        """(N,) in 0..1, of the same; rising."""
        recall: Values = self.right / max(self.object_count, 1)
        return recall

    @property
    def f1(self) -> Values:
        """(N,) in 0..1, the harmonic mean of precision and recall."""
        # Of whole numbers, so that what is equal is equal.
        f1: Values = 2 * self.right / (self.right + self.wrong + self.object_count)
        return f1

    @property
    def best(self) -> OperatingPoint | None:
        """Where F1 is highest; None where nothing right was found."""
        f1 = self.f1
        if not f1.size or f1.max() == 0:
            return None
        # Of equal ones the last: its threshold is the lowest.
        row = len(f1) - 1 - int(f1[::-1].argmax())
        highest = float(self.thresholds[row])
        if row + 1 == len(f1):
            return self.at(min(highest, round(highest, 6)))
        return self.at(_within(float(self.thresholds[row + 1]), highest))

    def at(self, threshold: float) -> OperatingPoint | None:
        """What a threshold gives; None where there are no objects."""
        if not self.object_count:
            return None
        row = int((self.thresholds >= threshold).sum()) - 1
        right, wrong = (int(self.right[row]), int(self.wrong[row])) if row >= 0 else (0, 0)
        return OperatingPoint(
            threshold,
            precision=right / (right + wrong) if right + wrong else 1.0,
            recall=right / self.object_count,
            f1=2 * right / (right + wrong + self.object_count),
            false_per_image=wrong / max(self.image_count, 1),
        )

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`, with at most `MOST_POINTS` points."""
        count = len(self.thresholds)
        rows = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
        best = self.best
        return {
            "name": self.name,
            "iou": self.iou,
            "objects": self.object_count,
            "best_f1": best.as_json() if best else None,
            "thresholds": self.thresholds[rows].tolist(),
            "precision": self.precision[rows].tolist(),
            "recall": self.recall[rows].tolist(),
        }


def class_curves(metrics: CocoMetrics, iou: float) -> list[Curve]:
    """A curve a class, by rising number; `iou` is one of COCO's limits, 0.5, 0.55, ... 0.95."""
    count = metrics.image_count
    return [_curve(each.name, [each.matches], iou, count) for each in metrics.classes]


def overall_curve(metrics: CocoMetrics, iou: float) -> Curve:
    """All classes under one threshold, each detection and each object as much as another."""
    matches = [each.matches for each in metrics.classes]
    return _curve(ALL_CLASSES, matches, iou, metrics.image_count)


def _curve(name: str, matches: Sequence[ClassMatches], iou: float, image_count: int) -> Curve:
    row = round((iou - 0.5) / 0.05)
    scores = np.concatenate([each.scores[each.counted[row]] for each in matches])
    found = np.concatenate([each.found[row, each.counted[row]] for each in matches])
    object_count = sum(each.object_count for each in matches)
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], found[order].cumsum(dtype=np.int64)
    # A threshold takes all that score the same, or none.
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True)) if scores.size else np.arange(0)
    return Curve(
        name=name,
        iou=iou,
        thresholds=scores[last],
        right=right[last],
        wrong=last + 1 - right[last],
        object_count=object_count,
        image_count=image_count,
    )


def _within(below: float, highest: float) -> float:
    """The middle of a range, with as few digits as it has in common with the range; not `below`."""
    middle = (below + highest) / 2
    rounded = (round(middle, digits) for digits in range(2, 9))
    return next((each for each in rounded if below < each <= highest), highest)
