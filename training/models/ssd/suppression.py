"""The best of what overlaps: from many scored boxes to detections."""

from typing import Protocol

import tensorflow as tf

from training.models.detector import DetectionTensors

# As shares of the picture's sides: less than a third of a pixel of what a network of 320 sees.
SMALLEST_SIDE = 1e-3


class SuppressionOptions(Protocol):
    """What a model's options say of suppression."""

    @property
    def nms_iou(self) -> float:
        """Of two detections of a class that overlap by more, the better stays."""

    @property
    def detections(self) -> int:
        """In a picture, at most."""

    @property
    def score_threshold(self) -> float:
        """What is less sure is no detection."""


def suppress(
    boxes_yxyx: tf.Tensor, class_scores: tf.Tensor, options: SuppressionOptions
) -> DetectionTensors:
    """Non-max suppression, class by class, of what is left of the boxes within the picture.

    Args:
        boxes_yxyx: (B, A, 4) float32; each is of whichever class its score is of.
        class_scores: (B, A, C) float32 in 0..1.
        options: thresholds, and how many detections there are at most.
    """
    boxes_yxyx = tf.clip_by_value(boxes_yxyx, 0.0, 1.0)
    # What lies outside would remain as a line on the border, which nobody can see or draw.
    sides = boxes_yxyx[..., 2:] - boxes_yxyx[..., :2]
    is_seen = tf.reduce_min(sides, axis=-1) >= SMALLEST_SIDE  # (B, A)
    class_scores *= tf.cast(is_seen, tf.float32)[..., None]
    kept = tf.image.combined_non_max_suppression(
        boxes_yxyx[:, :, None, :],
        class_scores,
        max_output_size_per_class=options.detections,
        max_total_size=options.detections,
        iou_threshold=options.nms_iou,
        score_threshold=options.score_threshold,
        clip_boxes=False,
    )
    return DetectionTensors(
        kept.nmsed_boxes,
        kept.nmsed_scores,
        tf.cast(kept.nmsed_classes, tf.int32),
        kept.valid_detections,
    )
