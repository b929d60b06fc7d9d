"""`SsdOptions`: what a config's `model.options` can say of every single-shot detector."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from training.models.option_checks import (
    check_class_count,
    check_names,
    is_number,
    require,
    require_bool,
)

BOX_LOSSES = ("huber", "ciou")


@dataclass(frozen=True)
class SsdOptions:
    """Numbers of a single-shot detector; the defaults are those of the model that has them.

    Args:
        width: the backbone's channels, as a share of the published ones (its alpha).
        matched_iou: an anchor that overlaps an object by this much or more is trained to find it.
        unmatched_iou: one that overlaps all objects by less is trained as background; between the
            two it is not trained.
        focal_gamma: how much less what is known already counts (Lin et al. 2017); 0 is plain
            cross-entropy.
        focal_alpha: the weight of objects against 1 - alpha for background.
        box_loss: `huber` on the encoded boxes, or `ciou` on the boxes themselves.
        box_loss_weight: of the box loss, against the classification's.
        label_smoothing: how far from 0 and 1 the classification's targets are where there is an
            object.
        class_weights: how much an object of each class counts, by number; all the same where empty.
        nms_iou: of two detections of a class that overlap by more, the better stays.
        class_agnostic_nms: of two detections of any classes, for classes that exclude each other.
        detections: in an image, at most.
        score_threshold: detections with a lower score are dropped.
        smallest_anchor: SSD's default boxes: side of the smallest, as a share of the image's.
        largest_anchor: the same of the largest.
        anchor_scale: FPN's anchors: side of the smallest of a level, in strides of the level.

    Raises:
        ModelError: a value that cannot be; the message names it.
    """

    width: float = 1.0
    matched_iou: float = 0.5
    unmatched_iou: float = 0.5
    focal_gamma: float = 2.0
    focal_alpha: float = 0.25
    box_loss: str = "huber"
    box_loss_weight: float = 1.0
    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] = ()
    nms_iou: float = 0.6
    class_agnostic_nms: bool = False
    detections: int = 100
    score_threshold: float = 1e-3
    smallest_anchor: float = 0.2
    largest_anchor: float = 0.95
    anchor_scale: float = 4.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_weights", tuple(map(float, self.class_weights)))
        require(self.width > 0, "width", "a number above 0", self.width)
        for name in ("matched_iou", "unmatched_iou", "nms_iou", "focal_alpha", "score_threshold"):
            value = getattr(self, name)
            require(0 <= value <= 1, name, "a number in 0..1", value)
        require(
            self.unmatched_iou <= self.matched_iou,
            "unmatched_iou",
            f"at most matched_iou, {self.matched_iou}",
            self.unmatched_iou,
        )
        require_bool(self.class_agnostic_nms, "class_agnostic_nms")
        require(self.focal_gamma >= 0, "focal_gamma", "0 or more", self.focal_gamma)
        require(0 <= self.label_smoothing < 1, "label_smoothing", "in 0..1", self.label_smoothing)
        require(self.box_loss in BOX_LOSSES, "box_loss", " or ".join(BOX_LOSSES), self.box_loss)
        require(self.box_loss_weight > 0, "box_loss_weight", "above 0", self.box_loss_weight)
        weights = self.class_weights
        require(all(w > 0 for w in weights), "class_weights", "numbers above 0", weights)
        require(1 <= self.detections <= 1000, "detections", "in 1..1000", self.detections)
        require(
            0 < self.smallest_anchor < self.largest_anchor <= 2,
            "smallest_anchor",
            f"above 0 and under largest_anchor, {self.largest_anchor}",
            self.smallest_anchor,
        )
        require(self.anchor_scale > 0, "anchor_scale", "above 0", self.anchor_scale)

    @classmethod
    def of(cls, defaults: "SsdOptions", chosen: Mapping[str, Any]) -> Self:
        """A model's defaults with what was chosen in their place.

        Raises:
            ModelError: there is no such option, or a value that it cannot take.
        """
        check_names(cls, chosen)
        for name, value in chosen.items():
            _check_type(name, value, getattr(defaults, name))
        return replace(defaults, **chosen)  # type: ignore[return-value]  # cls is not subclassed

    def check_class_count(self, class_count: int) -> None:
        """Raise ModelError where `class_weights` are of another number than the classes."""
        check_class_count(self.class_weights, class_count)


def _check_type(name: str, value: object, default: object) -> None:
    if isinstance(default, tuple):
        fits, wanted = isinstance(value, list | tuple), "a list of numbers"
        fits = fits and all(is_number(each) for each in value)  # type: ignore[attr-defined]
    elif isinstance(default, bool):
        fits, wanted = isinstance(value, bool), "true or false"
    elif isinstance(default, str):
        fits, wanted = isinstance(value, str), "a word"
    elif isinstance(default, int):
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        fits, wanted = is_number(value), "a number"
    require(fits, name, wanted, value)
