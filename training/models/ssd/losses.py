"""The losses of single-shot detectors: focal loss for classes, Huber or CIoU for boxes."""

import keras
import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS
from training.models.ssd.box_coder import decode_boxes, encode_boxes
from training.models.ssd.matching import AnchorTargets
from training.models.ssd.options import SsdOptions

# Beyond this error, in the encoding's units, the loss is linear. The Object Detection API's.
HUBER_DELTA = 1.0
# Of a probability; what float32 tells 1 from.
LEAST_MISSING = 1e-7


def detection_losses(
    box_encodings: tf.Tensor,
    class_logits: tf.Tensor,
    anchors_yxyx: tf.Tensor,
    targets: AnchorTargets,
    options: SsdOptions,
) -> dict[str, tf.Tensor]:
    """The loss of a batch in two scalars, each by the number of matched anchors.

    Args:
        box_encodings: (B, A, 4) float32, as `encode_boxes` gives them.
        class_logits: (B, A, C) float32.
        anchors_yxyx: (A, 4) float32.
        targets: what they should have been.
        options: which losses, and how they are weighed.

    Returns:
        `classification`, Lin et al. 2017 (https://arxiv.org/abs/1708.02002), and `localization`.
    """
    matched = tf.cast(targets.classes != PADDING_CLASS, tf.float32)  # (B, A)
    weights = _class_weights(targets, options) * targets.trained
    normalizer = tf.maximum(tf.reduce_sum(matched), 1.0)
    per_anchor = _focal_loss(class_logits, targets.classes, options)
    if options.box_loss == "ciou":
        per_box = _ciou_loss(box_encodings, anchors_yxyx, targets)
    else:
        per_box = _huber_loss(box_encodings, anchors_yxyx, targets)
    return {
        "classification": tf.reduce_sum(per_anchor * weights) / normalizer,
        "localization": options.box_loss_weight
        * tf.reduce_sum(per_box * weights * matched)
        / normalizer,
    }


def _class_weights(targets: AnchorTargets, options: SsdOptions) -> tf.Tensor:
    if not options.class_weights:
        return tf.ones_like(targets.trained)
    # The last is background's, which -1 + 1 would be the first of.
    table = tf.constant((1.0, *options.class_weights), tf.float32)
    return tf.gather(table, targets.classes + 1)


def _focal_loss(logits: tf.Tensor, classes: tf.Tensor, options: SsdOptions) -> tf.Tensor:
    """(B, A), summed over classes."""
    truth = tf.one_hot(classes, tf.shape(logits)[-1])  # (B, A, C); all 0 for background
    # Of anchors with an object alone: that of thousands of anchors on background would be a loss
    # that nothing can lower, many times as large as all the rest.
    is_object = tf.reduce_sum(truth, axis=-1, keepdims=True)
    smoothed = truth * (1 - options.label_smoothing) + is_object * options.label_smoothing / 2
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(smoothed, logits)
    probability = tf.sigmoid(logits)
    missing = truth * (1 - probability) + (1 - truth) * probability
    alpha = truth * options.focal_alpha + (1 - truth) * (1 - options.focal_alpha)
    return tf.reduce_sum(alpha * _focused(missing, options.focal_gamma) * entropy, axis=-1)


def _focused(missing: tf.Tensor, gamma: float) -> tf.Tensor:
    """`missing` to the power of gamma, with a slope that is a number where nothing is missing.

    In float32 nothing is missing from a logit of 17 on. There the slope of a power below 1 is
    infinite, and that of the power 0 is 0 times infinity.
    """
    if gamma == 0:
        return tf.ones_like(missing)
    if gamma < 1:
        missing = tf.maximum(missing, LEAST_MISSING)
    return missing**gamma


def _huber_loss(
    box_encodings: tf.Tensor, anchors_yxyx: tf.Tensor, targets: AnchorTargets
) -> tf.Tensor:
    """(B, A), the mean of the four numbers.

    Their mean, not their sum, as the Object Detection API's single-shot models on feature pyramids
    have it (`normalize_loc_loss_by_codesize`): else boxes count four times as much, and what tells
    classes apart is learned that much later.
    """
    error = box_encodings - encode_boxes(anchors_yxyx, targets.boxes_yxyx)
    size = tf.abs(error)
    quadratic = tf.minimum(size, HUBER_DELTA)
    return tf.reduce_mean(0.5 * quadratic**2 + HUBER_DELTA * (size - quadratic), axis=-1)


def _ciou_loss(
    box_encodings: tf.Tensor, anchors_yxyx: tf.Tensor, targets: AnchorTargets
) -> tf.Tensor:
    """(B, A): 1 - CIoU (Zheng et al. 2020, https://arxiv.org/abs/1911.08287)."""
    # Background has no box; its own, so that nothing there is divided by an area of zero.
    found = targets.classes[..., None] != PADDING_CLASS
    decoded = decode_boxes(anchors_yxyx, box_encodings)
    boxes = tf.where(found, targets.boxes_yxyx, anchors_yxyx)
    decoded = tf.where(found, decoded, anchors_yxyx)
    return 1.0 - keras.utils.bounding_boxes.compute_ciou(boxes, decoded, "yxyx")
