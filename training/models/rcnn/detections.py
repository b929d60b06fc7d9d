"""From what the heads say of proposals to detections."""

import tensorflow as tf

from training.models.detector import DetectionTensors
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import Proposals
from training.models.ssd.box_coder import decode_boxes
from training.models.ssd.suppression import suppress


def best_detections(
    proposals: Proposals, logits: tf.Tensor, encodings: tf.Tensor, options: RcnnOptions
) -> DetectionTensors:
    """Non-max suppression over the likeliest pairs of a proposal and a class.

    Each pair brings its own box. They go to suppression as boxes of one class each, because
    OpenVINO's suppression is not taught boxes that differ by class.

    Args:
        proposals: P an image.
        logits: (B, P, C + 1) float32, background first.
        encodings: (B, P, C, 4) float32.
        options: thresholds, and how many there are at most.
    """
    count, class_count = encodings.shape[1], encodings.shape[2]
    likely = tf.nn.softmax(logits, axis=-1)[..., 1:]
    likely *= tf.cast(proposals.are_real, tf.float32)[..., None]
    pairs = tf.reshape(likely, (-1, count * class_count))
    scores, best = tf.math.top_k(pairs, min(options.candidates, count * class_count))  # (B, K)
    # Which proposal and which class a pair is, by its place.
    proposal, label = best // class_count, best % class_count
    own = tf.reshape(encodings, (-1, count * class_count, 4))
    boxes = decode_boxes(
        tf.gather(proposals.boxes_yxyx, proposal, axis=1, batch_dims=1),
        tf.gather(own, best, axis=1, batch_dims=1),
    )
    return suppress(boxes, scores[..., None] * tf.one_hot(label, class_count), options)


def masks_of_classes(logits: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """Of the masks of all classes, that of the detection's own.

    Args:
        logits: (B, D, h, w, C) float32.
        classes: (B, D) int32, from 0.

    Returns:
        (B, D, h, w) float32 in 0..1.
    """
    if logits.shape[-1] == 1:
        return tf.sigmoid(logits[..., 0])
    chosen = tf.one_hot(classes, logits.shape[-1])[:, :, None, None, :]
    return tf.sigmoid(tf.reduce_sum(logits * chosen, axis=-1))
