"""The best of what overlaps: from many scored boxes to detections."""

from typing import Any, Protocol

import tensorflow as tf

from training.models.detector import DetectionTensors

# As shares of the image's sides: less than a third of a pixel of what a network of 320 sees.
SMALLEST_SIDE = 1e-3
# So many of the likeliest boxes go to a suppression across classes: as many as torchvision and
# Detectron2 take from a level.
CANDIDATES = 1000


class SuppressionOptions(Protocol):
    """What a model's options say of suppression."""

    @property
    def nms_iou(self) -> float:
        """Of two detections of a class that overlap by more, the better stays."""

    @property
    def class_agnostic_nms(self) -> bool:
        """Of two detections of any classes, too."""

    @property
    def detections(self) -> int:
        """In an image, at most."""

    @property
    def score_threshold(self) -> float:
        """Detections with a lower score are dropped."""


def suppress(
    boxes_yxyx: tf.Tensor, class_scores: tf.Tensor, options: SuppressionOptions
) -> DetectionTensors:
    """Non-max suppression of what is left of the boxes within the image.

    Class by class, or across all classes where the options say `class_agnostic_nms`.

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
    if options.class_agnostic_nms and class_scores.shape[-1] > 1:
        return _suppress_across_classes(boxes_yxyx, class_scores, options)
    kept = _combined(boxes_yxyx, class_scores, options, options.score_threshold)
    return DetectionTensors(
        kept.nmsed_boxes,
        kept.nmsed_scores,
        tf.cast(kept.nmsed_classes, tf.int32),
        kept.valid_detections,
    )


def _suppress_across_classes(
    boxes_yxyx: tf.Tensor, class_scores: tf.Tensor, options: SuppressionOptions
) -> DetectionTensors:
    """Each box as its likeliest class; of two that overlap the likelier stays, whatever they are.

    The operation that every engine here has says which boxes stay, not which ones they were. So it
    is given their ranks in the place of their scores, which tell the order as well, and which box
    it was.
    """
    best = tf.reduce_max(class_scores, axis=-1)  # (B, A)
    count = min(CANDIDATES, class_scores.shape[1])
    scores, places = tf.math.top_k(best, count)
    boxes = tf.gather(boxes_yxyx, places, axis=1, batch_dims=1)
    labels = tf.argmax(class_scores, axis=-1, output_type=tf.int32)
    labels = tf.gather(labels, places, axis=1, batch_dims=1)
    # 1 for the first, 1 / count for the last; what scores too low is 0 and below half of that.
    ranked = (count - tf.range(count, dtype=tf.float32)) / count
    ranked *= tf.cast(scores > options.score_threshold, tf.float32)
    kept = _combined(boxes, ranked[..., None], options, 0.5 / count)
    rank = count - tf.cast(tf.round(kept.nmsed_scores * count), tf.int32)
    is_found = rank < count  # (B, D)
    rank = tf.minimum(rank, count - 1)
    chosen_scores, chosen_labels = (
        tf.gather(each, rank, axis=1, batch_dims=1) for each in (scores, labels)
    )
    return DetectionTensors(
        kept.nmsed_boxes,
        tf.where(is_found, chosen_scores, 0.0),
        tf.where(is_found, chosen_labels, 0),
        kept.valid_detections,
    )


def _combined(
    boxes_yxyx: tf.Tensor,
    class_scores: tf.Tensor,
    options: SuppressionOptions,
    score_threshold: float,
) -> Any:
    return tf.image.combined_non_max_suppression(
        boxes_yxyx[:, :, None, :],
        class_scores,
        max_output_size_per_class=options.detections,
        max_total_size=options.detections,
        iou_threshold=options.nms_iou,
        score_threshold=score_threshold,
        clip_boxes=False,
    )
