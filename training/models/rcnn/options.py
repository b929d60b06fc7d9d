"""`RcnnOptions`: what a config's `model.options` can say of every R-CNN."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from training.models.option_checks import (
    check_class_count,
    check_names,
    is_number,
    read_class_weights,
    require,
    require_bool,
)

_SHARES = (
    "rpn_matched_iou", "rpn_unmatched_iou", "rpn_positive_share", "proposal_nms_iou",
    "roi_matched_iou", "roi_positive_share", "nms_iou", "score_threshold",
)  # fmt: skip
_COUNTS = (
    "pyramid_channels", "rpn_samples", "proposals_before_nms", "training_proposals", "proposals",
    "roi_samples", "samplings", "box_head_width", "mask_head_width", "mask_head_depth",
    "candidates", "detections",
)  # fmt: skip
_ABOVE_ZERO = (
    "width", "anchor_scale", "box_level_size", "mask_level_size", "box_loss_weight",
    "mask_loss_weight",
)  # fmt: skip


@dataclass(frozen=True)
class RcnnOptions:
    """Numbers of an R-CNN; the defaults are the papers', for large images.

    Args:
        width: a MobileNet's channels, as a share of the published ones (its alpha).
        pyramid_channels: of every level of the feature pyramid.
        anchor_scale: side of a level's anchors, in strides of the level.
        rpn_matched_iou: an anchor that overlaps an object by this much or more is an object.
        rpn_unmatched_iou: one that overlaps all by less is background.
        rpn_samples: anchors of an image that are learned from.
        rpn_positive_share: the largest share of objects among them.
        proposals_before_nms: the best anchors of each level of an image, which suppression
            chooses from.
        training_proposals: so many of them are kept, at most, for samples to be learned from.
        proposals: so many are looked at, at most, where nothing is learned.
        proposal_nms_iou: of two that overlap by more, the better stays.
        roi_matched_iou: a proposal that overlaps an object by this much or more is that object.
        roi_samples: proposals of an image that are learned from.
        roi_positive_share: the largest share of objects among them.
        samplings: RoIAlign looks at so many points of a bin in each direction.
        box_level_size: the box head sees a box of this side, in pixels, on level 4, and one of half
            of it on level 3 (Lin et al. 2017, equation 1).
        mask_level_size: the same of the mask head.
        box_head_width: of its two fully connected layers.
        mask_head_width: channels of its convolutions.
        mask_head_depth: how many convolutions it has before the map is doubled.
        box_loss_weight: of the boxes' losses, against the classification's 1; each is a mean over
            the samples, background counting as no error.
        mask_loss_weight: of the masks' loss.
        class_weights: how much an object of each class counts, by number; all the same where empty.
        nms_iou: of two detections of a class that overlap by more, the better stays.
        class_agnostic_nms: of two detections of any classes, for classes that exclude each other.
        candidates: pairs of a proposal and a class that suppression chooses from.
        detections: in an image, at most.
        score_threshold: detections with a lower score are dropped.

    Raises:
        ModelError: a value that cannot be; the message names it.
    """

    width: float = 1.0
    pyramid_channels: int = 256
    anchor_scale: float = 8.0
    rpn_matched_iou: float = 0.7
    rpn_unmatched_iou: float = 0.3
    rpn_samples: int = 256
    rpn_positive_share: float = 0.5
    proposals_before_nms: int = 1000
    training_proposals: int = 1000
    proposals: int = 300
    proposal_nms_iou: float = 0.7
    roi_matched_iou: float = 0.5
    roi_samples: int = 512
    roi_positive_share: float = 0.25
    samplings: int = 2
    box_level_size: float = 224.0
    mask_level_size: float = 224.0
    box_head_width: int = 1024
    mask_head_width: int = 256
    mask_head_depth: int = 4
    box_loss_weight: float = 1.0
    mask_loss_weight: float = 1.0
    class_weights: tuple[float, ...] = ()
    nms_iou: float = 0.5
    class_agnostic_nms: bool = False
    candidates: int = 1000
    detections: int = 100
    score_threshold: float = 1e-3

    def __post_init__(self) -> None:
        for name in _SHARES:
            value = getattr(self, name)
            require(is_number(value) and 0 <= value <= 1, name, "a number in 0..1", value)
        for name in _COUNTS:
            value = getattr(self, name)
            require(type(value) is int and value >= 1, name, "a whole number above 0", value)
        for name in _ABOVE_ZERO:
            value = getattr(self, name)
            require(is_number(value) and value > 0, name, "a number above 0", value)
        require_bool(self.class_agnostic_nms, "class_agnostic_nms")
        require(
            self.rpn_unmatched_iou <= self.rpn_matched_iou,
            "rpn_unmatched_iou",
            f"at most rpn_matched_iou, {self.rpn_matched_iou}",
            self.rpn_unmatched_iou,
        )
        object.__setattr__(self, "class_weights", read_class_weights(self.class_weights))

    @property
    def positive_rois(self) -> int:
        """How many of the sampled proposals of an image can be objects."""
        return max(1, int(self.roi_samples * self.roi_positive_share))

    @classmethod
    def of(cls, defaults: "RcnnOptions", chosen: Mapping[str, Any], class_count: int) -> Self:
        """A model's defaults with what was chosen in their place.

        Raises:
            ModelError: there is no such option, or a value that it cannot take.
        """
        check_names(cls, chosen)
        options = replace(defaults, **chosen)
        check_class_count(options.class_weights, class_count)
        return options  # type: ignore[return-value]  # cls is not subclassed
