"""`DfineOptions`: what a config's `model.options` can say of every D-FINE."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from training.models.option_checks import (
    check_class_count,
    check_names,
    is_number,
    read_class_weights,
    require,
    require_bool,
)


@dataclass(frozen=True)
class DfineOptions:
    """Numbers of a D-FINE; the defaults are the published ones.

    Args:
        queries: how many boxes are refined, at most as many as the network has places.
        detections: in an image, at most.
        score_threshold: detections with a lower score are dropped.
        class_agnostic_nms: a query has one class, and of two detections that overlap by more than
            `nms_iou` the better stays, for classes that exclude each other; the paper suppresses
            nothing.
        nms_iou: for that.
        class_weights: how much an object of each class counts, by number; all the same where
            empty.
        box_weight: of the boxes' distance (L1), against the classification's 1.
        iou_weight: of their CIoU.
        distribution_weight: of the distributions over distances (the paper's FGL).
        distillation_weight: of what earlier layers learn from the last (its DDF).
        num_denoising: positive denoising queries an image in training, and as many negative ones
            (`training.models.dfine.denoising`); 0 for none.
        label_noise_ratio: half of this share of them has a class drawn at random.
        box_noise_scale: of a positive one, each corner's coordinate is moved by up to this share
            of half of the box's side; of a negative one, by once to twice that.

    Raises:
        ModelError: a value that cannot be; the message names it.
    """

    queries: int = 300
    detections: int = 100
    score_threshold: float = 1e-3
    class_agnostic_nms: bool = False
    nms_iou: float = 0.7
    class_weights: tuple[float, ...] = ()
    box_weight: float = 5.0
    iou_weight: float = 2.0
    distribution_weight: float = 0.15
    distillation_weight: float = 1.5
    num_denoising: int = 100
    label_noise_ratio: float = 0.5
    box_noise_scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("queries", "detections"):
            value = getattr(self, name)
            require(type(value) is int and 1 <= value <= 1000, name, "a number in 1..1000", value)
        count = self.num_denoising
        fits = type(count) is int and 0 <= count <= 1000
        require(fits, "num_denoising", "a number in 0..1000", count)
        for name in ("score_threshold", "nms_iou", "label_noise_ratio", "box_noise_scale"):
            value = getattr(self, name)
            require(_number_in(value, 0, 1), name, "a number in 0..1", value)
        require_bool(self.class_agnostic_nms, "class_agnostic_nms")
        for name in ("box_weight", "iou_weight", "distribution_weight", "distillation_weight"):
            value = getattr(self, name)
            require(_number_in(value, 0, float("inf")), name, "0 or more", value)
        object.__setattr__(self, "class_weights", read_class_weights(self.class_weights))

    @classmethod
    def of(cls, chosen: Mapping[str, Any], class_count: int) -> Self:
        """The defaults with what was chosen in their place.

        Raises:
            ModelError: there is no such option, or a value that it cannot take.
        """
        check_names(cls, chosen)
        options = cls(**chosen)
        check_class_count(options.class_weights, class_count)
        return options


def _number_in(value: object, low: float, high: float) -> bool:
    return is_number(value) and low <= value <= high
