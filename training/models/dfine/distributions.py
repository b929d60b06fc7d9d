"""A box's sides as places among bins, which D-FINE predicts distributions over (its section 4.1).

A side's distance from the box that a query starts with is w(0) ... w(32) quarters of that box's
size: close together around no distance at all, far apart at the ends.
"""

import numpy as np
import tensorflow as tf

BINS = 32
# The paper's c, the distance in box sizes that the inner bins reach, and its a.
REACH = 4.0
_UPSAMPLING = 0.5


def bin_values() -> tf.Tensor:
    """(33,) float32, rising: the paper's weighting function W(n).

    >>> bin_values().numpy()[[0, 1, 16, 31, 32]].tolist()
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    inner = _UPSAMPLING * REACH
    step = (inner + 1) ** (2 / (BINS - 2))
    right = [step**number - 1 for number in range(1, BINS // 2)]
    values = [-2 * inner, *(-each for each in reversed(right)), 0.0, *right, 2 * inner]
    return tf.constant(np.array(values), tf.float32)


def distances_to_bins(
    reference_xywh: tf.Tensor, boxes_xyxy: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Where the sides of boxes are among the bins.

    Args:
        reference_xywh: (..., 4) float32 by center, what the query starts with.
        boxes_xyxy: (..., 4) float32, the objects'.

    Returns:
        (..., 4) int32 the bin below each of left, top, right and bottom, 0..31; and (..., 4)
        float32 how far it is from there to the next, 0..1. What lies beyond the bins is in the
        last.
    """
    center, size = reference_xywh[..., :2], tf.maximum(reference_xywh[..., 2:], 1e-6)
    outward = tf.concat([center - boxes_xyxy[..., :2], boxes_xyxy[..., 2:] - center], axis=-1)
    unit = tf.concat([size, size], axis=-1) / REACH
    distance = outward / unit - 0.5 * REACH
    values = bin_values()
    distance = tf.clip_by_value(distance, values[0], values[-1])
    flat = tf.reshape(distance, [-1])
    below = tf.clip_by_value(tf.searchsorted(values, flat, side="right") - 1, 0, BINS - 1)
    below = tf.reshape(below, tf.shape(distance))
    left, right = tf.gather(values, below), tf.gather(values, below + 1)
    return below, (distance - left) / (right - left)
