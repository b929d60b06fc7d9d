"""`DfineOptions`: what a config's `model.options` can say of every D-FINE."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from training.models.detector import ModelError


@dataclass(frozen=True)
class DfineOptions:
    """Numbers of a D-FINE; the defaults are the published ones.

    Args:
        queries: how many boxes are refined, at most as many as the network has places.
        detections: in a picture, at most.
        score_threshold: what is less sure is no detection.
        class_weights: how much an object of each class counts, by number; all the same where
            empty.
        box_weight: of the boxes' distance (L1), against the classification's 1.
        iou_weight: of their CIoU.
        distribution_weight: of the distributions over distances (the paper's FGL).
        distillation_weight: of what earlier layers learn from the last (its DDF).

    Raises:
        ModelError: a value that cannot be; the message names it.
    """

    queries: int = 300
    detections: int = 100
    score_threshold: float = 1e-3
    class_weights: tuple[float, ...] = ()
    box_weight: float = 5.0
    iou_weight: float = 2.0
    distribution_weight: float = 0.15
    distillation_weight: float = 1.5

    def __post_init__(self) -> None:
        for name in ("queries", "detections"):
            value = getattr(self, name)
            _require(type(value) is int and 1 <= value <= 1000, name, "a number in 1..1000", value)
        _require(
            _number_in(self.score_threshold, 0, 1),
            "score_threshold",
            "a number in 0..1",
            self.score_threshold,
        )
        for name in ("box_weight", "iou_weight", "distribution_weight", "distillation_weight"):
            value = getattr(self, name)
            _require(_number_in(value, 0, float("inf")), name, "0 or more", value)
        weights = self.class_weights
        listed = isinstance(weights, list | tuple)
        _require(
            listed and all(_number_in(each, 0, float("inf")) and each > 0 for each in weights),
            "class_weights",
            "a list of numbers above 0",
            weights,
        )
        object.__setattr__(self, "class_weights", tuple(float(each) for each in weights))

    @classmethod
    def of(cls, chosen: Mapping[str, Any], class_count: int) -> Self:
        """The defaults with what was chosen in their place.

        Raises:
            ModelError: there is no such option, or a value that it cannot take.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise ModelError(f"there is no option {unknown[0]!r}; there are {', '.join(known)}")
        options = cls(**chosen)
        _require(
            len(options.class_weights) in (0, class_count),
            "class_weights",
            f"a number for each of the {class_count} classes",
            options.class_weights,
        )
        return options


def _number_in(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _require(holds: bool, name: str, wanted: str, got: object) -> None:
    if not holds:
        raise ModelError(f"{name}: {wanted} was expected, but got {got!r}")
