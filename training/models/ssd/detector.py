"""`SsdDetector`: a single-shot detector behind the port of all models."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.detector import DetectionTensors
from training.models.ssd.anchors import Boxes
from training.models.ssd.box_coder import decode_boxes
from training.models.ssd.losses import detection_losses
from training.models.ssd.matching import match
from training.models.ssd.options import SsdOptions
from training.models.ssd.suppression import suppress


class SsdDetector:
    """Predicts for each of a fixed set of anchors; see `training.models.detector.Detector`.

    Args:
        network: gives `box_encodings` (B, A, 4) and `class_logits` (B, A, C).
        backbone: the part of it that makes feature maps.
        anchors_yxyx: (A, 4), as shares of the image, in the network's order.
        class_count: C.
        options: its losses and its suppression.
    """

    def __init__(
        self,
        network: keras.Model,
        backbone: keras.Model,
        anchors_yxyx: Boxes,
        class_count: int,
        options: SsdOptions,
    ):
        options.check_class_count(class_count)
        expected = network.output["box_encodings"].shape[1]
        if expected != len(anchors_yxyx):
            raise AssertionError(f"{len(anchors_yxyx)} anchors for {expected} predictions")
        self.network = network
        self.class_count = class_count
        self.options = options
        self._anchors_yxyx = anchors_yxyx
        self._backbone = backbone

    @property
    def anchors_yxyx(self) -> tf.Tensor:
        """(A, 4) float32, as shares of the image."""
        return tf.constant(self._anchors_yxyx)

    @property
    def input_size_hw(self) -> tuple[int, int]:
        """Height and width of the images that it takes, in pixels."""
        _, height, width, _ = self.network.input.shape
        return height, width

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The layers under `backbone`, `neck` and `heads`."""
        heads = ("box_", "class_", "tower_")
        others = [each for each in self.network.layers if each is not self._backbone]
        return {
            "backbone": (self._backbone,),
            "neck": tuple(each for each in others if not each.name.startswith(heads)),
            "heads": tuple(each for each in others if each.name.startswith(heads)),
        }

    def losses(self, batch: Batch) -> dict[str, tf.Tensor]:
        """`classification` and `localization`, by the number of matched anchors."""
        predictions = self.network(batch["images"], training=True)
        anchors = self.anchors_yxyx
        targets = match(
            anchors,
            batch,
            matched_iou=self.options.matched_iou,
            unmatched_iou=self.options.unmatched_iou,
        )
        return detection_losses(
            predictions["box_encodings"],
            predictions["class_logits"],
            anchors,
            targets,
            self.options,
        )

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        """What is in `images`, (B, H, W, 3) float32 in 0..255."""
        predictions = self.network(images, training=False)
        boxes = decode_boxes(self.anchors_yxyx, predictions["box_encodings"])
        return suppress(boxes, tf.sigmoid(predictions["class_logits"]), self.options)
