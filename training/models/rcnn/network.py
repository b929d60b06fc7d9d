"""`RcnnNetwork`: every weight of an R-CNN, and the way from images to its last layers."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from training.models.rcnn import box_head, mask_head
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import LevelAnchors, Proposals, propose
from training.models.rcnn.roi_align import roi_align

LOGITS, ENCODINGS = "proposal_logits", "proposal_encodings"


@dataclass(frozen=True)
class Trunk:
    """All that looks at whole images: the backbone, the pyramid and the proposals' network.

    Args:
        model: takes images (B, H, W, 3) in 0..255; gives `levels`, those that features are cut out
            of, the finest first, `proposal_logits` (B, A) and `proposal_encodings` (B, A, 4).
        finest: the first level's number.
        anchors: of the levels.
        parts: its layers under `backbone`, `neck` and `heads`.
    """

    model: keras.Model
    finest: int
    anchors: LevelAnchors
    parts: dict[str, tuple[keras.Layer, ...]]


class RcnnNetwork(keras.Model):  # type: ignore[misc]  # Keras has no types
    """The trunk and the heads; called, it goes through all of them, on its own proposals.

    Args:
        trunk: sees images.
        boxes: sees proposals.
        masks: sees them too; None where there are no masks.
        options: how many proposals.
        name: of the model.
    """

    def __init__(
        self,
        trunk: Trunk,
        boxes: keras.Model,
        masks: keras.Model | None,
        options: RcnnOptions,
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.trunk = trunk.model
        self.box_head = boxes
        self.mask_head = masks
        self._finest = trunk.finest
        self.anchors = trunk.anchors
        self._options = options
        self.built = True

    @property
    def anchors_yxyx(self) -> tf.Tensor:
        """(A, 4) float32, as shares of the image."""
        return tf.constant(self.anchors.boxes_yxyx)

    def call(self, images: tf.Tensor, training: bool | None = None) -> dict[str, tf.Tensor]:
        """What the heads say of P proposals an image; for those who look at single layers."""
        seen = self.trunk(images, training=training)
        proposals = self.proposals_of(seen, training=False)
        found = self.boxes_of(seen, proposals.boxes_yxyx, training=training)
        if self.mask_head is not None:
            found["mask_logits"] = self.masks_of(seen, proposals.boxes_yxyx, training=training)
        return found

    def proposals_of(self, seen: dict[str, Any], *, training: bool) -> Proposals:
        """The likeliest boxes by what the trunk says; more of them in training."""
        return propose(
            seen[LOGITS], seen[ENCODINGS], self.anchors, self._options, training=training
        )

    def boxes_of(
        self, seen: dict[str, Any], boxes_yxyx: tf.Tensor, *, training: bool | None
    ) -> dict[str, tf.Tensor]:
        """The box head's words on R boxes an image.

        Args:
            seen: the trunk's.
            boxes_yxyx: (B, R, 4) float32, in 0..1.
            training: whether weights are learned.

        Returns:
            `class_logits` (B, R, C + 1), background first, and `box_encodings` (B, R, C, 4).
        """
        features = self._features(seen, boxes_yxyx, box_head.BINS, self._options.box_level_size)
        found = self.box_head(features, training=training)
        count = boxes_yxyx.shape[1]
        return {
            name: tf.reshape(each, (-1, count, *each.shape[1:])) for name, each in found.items()
        }

    def masks_of(
        self, seen: dict[str, Any], boxes_yxyx: tf.Tensor, *, training: bool | None
    ) -> tf.Tensor:
        """The mask head's logits of R boxes an image: (B, R, 28, 28, C).

        Raises:
            ValueError: there is no mask head.
        """
        if self.mask_head is None:
            raise ValueError(f"{self.name} has no mask head")
        features = self._features(seen, boxes_yxyx, mask_head.BINS, self._options.mask_level_size)
        logits = self.mask_head(features, training=training)
        return tf.reshape(logits, (-1, boxes_yxyx.shape[1], *logits.shape[1:]))

    def _features(
        self, seen: dict[str, Any], boxes_yxyx: tf.Tensor, bins: int, level_size: float
    ) -> tf.Tensor:
        return roi_align(
            seen["levels"],
            self._finest,
            boxes_yxyx,
            bins=bins,
            samplings=self._options.samplings,
            level_size=level_size,
        )
