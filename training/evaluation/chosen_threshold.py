"""A model's own score threshold: where F1 is highest on validation images, or a person's choice."""

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
NAMED = "named by whoever wrote it, measured here"


@dataclass(frozen=True, eq=False)
class ChosenThreshold:
    """One threshold for all classes, and what each class alone would have.

    Args:
        best: of all classes; at the named threshold, where there is one.
        classes: by class, for those who look.
        data: which images it was chosen on, in words.
        image_count: of them.
        is_named: it was named by a person.
    """

    best: OperatingPoint
    classes: tuple[Curve, ...]
    data: str
    image_count: int
    is_named: bool = False

    @property
    def value(self) -> float:
        """0..1."""
        return self.best.threshold

    def as_json(self) -> dict[str, Any]:
        """For a model card."""
        return {
            "value": self.best.threshold,
            "chosen": NAMED if self.is_named else f"highest F1 at IoU {IOU}, all classes together",
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


def choose_threshold(
    metrics: CocoMetrics, data: str, named: float | None = None
) -> ChosenThreshold | None:
    """The threshold with the highest F1; None where nothing right was found.

    Args:
        metrics: of validation images: what a threshold is chosen on measures it too kindly.
        data: which images these are, in words.
        named: a threshold to use in the place of that one, 0..1; None for none.
    """
    curve = overall_curve(metrics, IOU)
    best = curve.best if named is None or curve.best is None else curve.at(named)
    if best is None:
        return None
    return ChosenThreshold(
        best, tuple(class_curves(metrics, IOU)), data, metrics.image_count, named is not None
    )


def _rounded(point: OperatingPoint) -> dict[str, float]:
    values = point.as_json()
    del values["threshold"]
    return {name: round(value, 4) for name, value in values.items()}
