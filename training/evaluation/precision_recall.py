"""Precision and recall at every threshold, and the threshold that is best by F1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.coco_metrics import ClassMatches, CocoMetrics

Values = npt.NDArray[np.float64]

# So many points of a curve are written down; a line on a screen needs no more.
MOST_POINTS = 200
ALL_CLASSES = "all classes"


@dataclass(frozen=True)
class OperatingPoint:
    """What a threshold of the score makes of a detector; all are 0..1."""

    threshold: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class Curve:
    """One class at one limit of IoU, by falling threshold.

    Args:
        name: of the class.
        iou: the limit.
        thresholds: (N,) in 0..1, each score that a detection has, once.
        precision: (N,) in 0..1, of what scores as much or more.
        recall: (N,) in 0..1, of the same; rising.
        object_count: how many there are to find.
    """

    name: str
    iou: float
    thresholds: Values
    precision: Values
    recall: Values
    object_count: int

    @property
    def f1(self) -> Values:
        """(N,) in 0..1, the harmonic mean of precision and recall."""
        total = self.precision + self.recall
        f1 = np.zeros_like(total)
        np.divide(2 * self.precision * self.recall, total, out=f1, where=total > 0)
        return f1

    @property
    def best(self) -> OperatingPoint | None:
        """Where F1 is highest; None where nothing right was found."""
        f1 = self.f1
        if not f1.size or f1.max() == 0:
            return None
        row = int(f1.argmax())
        return OperatingPoint(
            float(self.thresholds[row]),
            float(self.precision[row]),
            float(self.recall[row]),
            float(f1[row]),
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
            "best_f1": vars(best) if best else None,
            "thresholds": self.thresholds[rows].tolist(),
            "precision": self.precision[rows].tolist(),
            "recall": self.recall[rows].tolist(),
        }


def class_curves(metrics: CocoMetrics, iou: float) -> list[Curve]:
    """A curve a class, by rising number; `iou` is one of COCO's limits, 0.5, 0.55, ... 0.95."""
    return [_curve(each.name, [each.matches], iou) for each in metrics.classes]


def overall_curve(metrics: CocoMetrics, iou: float) -> Curve:
    """All classes under one threshold, each detection and each object as much as another."""
    return _curve(ALL_CLASSES, [each.matches for each in metrics.classes], iou)


def _curve(name: str, matches: Sequence[ClassMatches], iou: float) -> Curve:
    row = round((iou - 0.5) / 0.05)
    scores = np.concatenate([each.scores[each.counted[row]] for each in matches])
    found = np.concatenate([each.found[row, each.counted[row]] for each in matches])
    object_count = sum(each.object_count for each in matches)
    order = np.argsort(-scores, kind="stable")
    scores, right = scores[order], found[order].cumsum()
    # A threshold takes all that score the same, or none.
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True)) if scores.size else np.arange(0)
    return Curve(
        name=name,
        iou=iou,
        thresholds=scores[last],
        precision=right[last] / (last + 1),
        recall=right[last] / max(object_count, 1),
        object_count=object_count,
    )
