"""A model's own score threshold: chosen where F1 is highest on validation images."""

from dataclasses import dataclass
from typing import Any

from training.evaluation.coco_metrics import CocoMetrics
from training.evaluation.precision_recall import (
    Curve,
    OperatingPoint,
    class_curves,
    overall_curve,
)

IOU = 0.5


@dataclass(frozen=True, eq=False)
class ChosenThreshold:
    """One threshold for all classes, and what each class alone would have.

    Args:
        best: of all classes.
        classes: by class, for those who look.
        data: which images it was chosen on, in words.
        image_count: of them.
    """

    best: OperatingPoint
    classes: tuple[Curve, ...]
    data: str
    image_count: int

    @property
    def value(self) -> float:
        """0..1."""
        return self.best.threshold

    def as_json(self) -> dict[str, Any]:
        """For a model card."""
        return {
            "value": self.best.threshold,
            "chosen": f"highest F1 at IoU {IOU}, all classes together",
            "data": self.data,
            "images": self.image_count,
            "objects": sum(each.object_count for each in self.classes),
            **_rounded(self.best),
            "classes": [
                {"name": each.name, "objects": each.object_count,
                 **({"value": each.best.threshold, **_rounded(each.best)} if each.best else {})}
                for each in self.classes
            ],
        }  # fmt: skip


def choose_threshold(metrics: CocoMetrics, data: str) -> ChosenThreshold | None:
    """The threshold with the highest F1; None where nothing right was found.

    Args:
        metrics: of validation images: what a threshold is chosen on measures it too kindly.
        data: which images these are, in words.
    """
    best = overall_curve(metrics, IOU).best
    if best is None:
        return None
    return ChosenThreshold(best, tuple(class_curves(metrics, IOU)), data, metrics.image_count)


def _rounded(point: OperatingPoint) -> dict[str, float]:
    values = point.as_json()
    del values["threshold"]
    return {name: round(value, 4) for name, value in values.items()}
