"""`RcnnDetector`: Faster R-CNN and Mask R-CNN behind the port of all models."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.detector import DetectionTensors
from training.models.rcnn.detections import best_detections, masks_of_classes
from training.models.rcnn.losses import Losses, box_head_losses, mask_loss, proposal_losses
from training.models.rcnn.mask_head import SIDE
from training.models.rcnn.network import ENCODINGS, LOGITS, RcnnNetwork, Trunk
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.region_targets import mask_targets, region_targets
from training.models.rcnn.sampling import seed_of
from training.models.ssd.matching import match


class RcnnDetector:
    """Proposes boxes and looks at each; see `training.models.detector.Detector`.

    Args:
        network: holds every weight.
        trunk: what it was built from.
        class_count: C.
        input_size_hw: height and width of its images.
        options: its losses, samplings and suppressions.
    """

    def __init__(
        self,
        network: RcnnNetwork,
        trunk: Trunk,
        class_count: int,
        input_size_hw: tuple[int, int],
        options: RcnnOptions,
    ) -> None:
        self.network = network
        self.class_count = class_count
        self.input_size_hw = input_size_hw
        self.options = options
        self._trunk = trunk

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The layers under `backbone`, `neck` and `heads`."""
        masks = self.network.mask_head
        heads = (self.network.box_head, *((masks,) if masks is not None else ()))
        return self._trunk.parts | {"heads": (*self._trunk.parts["heads"], *heads)}

    def losses(self, batch: Batch) -> Losses:
        """Two of the proposals, `classification`, `localization`, and `mask` where there are some.

        Raises:
            ValueError: masks are trained, and the batch has none.
        """
        network, options = self.network, self.options
        seen = network.trunk(batch["images"], training=True)
        anchors, seed = network.anchors_yxyx, seed_of(batch)
        anchor_targets = match(
            anchors,
            batch,
            matched_iou=options.rpn_matched_iou,
            unmatched_iou=options.rpn_unmatched_iou,
        )
        losses = proposal_losses(
            seen[LOGITS], seen[ENCODINGS], anchors, anchor_targets, options, seed
        )
        proposals = network.proposals_of(seen, training=True)
        targets = region_targets(proposals, batch, options, seed + 1)
        found = network.boxes_of(seen, targets.boxes_yxyx, training=True)
        losses |= box_head_losses(found["class_logits"], found["box_encodings"], targets, options)
        if network.mask_head is not None:
            losses["mask"] = self._mask_loss(batch, seen, targets)
        return losses

    def _mask_loss(self, batch: Batch, seen: dict[str, Any], targets: Any) -> tf.Tensor:
        if "masks" not in batch:
            raise ValueError("a mask model learns from batches with masks, but this one has none")
        # Objects are the first of the sample.
        most = self.options.positive_rois
        boxes, classes = targets.boxes_yxyx[:, :most], targets.classes[:, :most]
        truth, weights = mask_targets(boxes, targets.object_places[:, :most], batch["masks"], SIDE)
        logits = self.network.masks_of(seen, boxes, training=True)
        return self.options.mask_loss_weight * mask_loss(logits, truth, classes, weights)

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        """What is in `images`, (B, H, W, 3) float32 in 0..255."""
        network = self.network
        seen = network.trunk(images, training=False)
        proposals = network.proposals_of(seen, training=False)
        predicted = network.boxes_of(seen, proposals.boxes_yxyx, training=False)
        found = best_detections(
            proposals, predicted["class_logits"], predicted["box_encodings"], self.options
        )
        if network.mask_head is None:
            return found
        logits = network.masks_of(seen, found.boxes_yxyx, training=False)
        return found._replace(masks=masks_of_classes(logits, found.classes))
