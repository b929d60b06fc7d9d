"""The belief maps that a network should make: a Gaussian around each point, and the background."""

from typing import NamedTuple

import tensorflow as tf

from training.input_pipeline.batch import HIDDEN, NOT_LABELLED


class IdealMaps(NamedTuple):
    """What the maps of B images should be, and how much each counts.

    Args:
        maps: (B, h, w, K + 1) float32 in 0..1; the last is the background.
        weights: (B, K + 1) float32, 0 where it is not labelled.
    """

    maps: tf.Tensor
    weights: tf.Tensor


def ideal_maps(
    keypoints: tf.Tensor, size_hw: tuple[int, int], sigma: float, hidden_weight: float
) -> IdealMaps:
    """The maps for hands whose points are known.

    Args:
        keypoints: (B, K, 3) float32, [y, x] in 0..1 and 0 not labelled, 1 hidden, 2 visible.
        size_hw: h and w of the maps, in cells.
        sigma: of the Gaussians, in cells.
        hidden_weight: of points that are hidden.

    Source:
        Wei et al. 2016, section 3.3; the background as OpenPose has it, 1 less the highest of the
        others. Where a point is not labelled, what is background around it is not known either.
    """
    height, width = size_hw
    visibility = keypoints[..., 2]  # (B, K)
    near_y = _nearness(keypoints[..., 0] * height, height, sigma)  # (B, K, h)
    near_x = _nearness(keypoints[..., 1] * width, width, sigma)  # (B, K, w)
    labelled = tf.cast(visibility > NOT_LABELLED, tf.float32)
    points = tf.einsum("bkh,bkw,bk->bhwk", near_y, near_x, labelled)
    background = 1.0 - tf.reduce_max(points, axis=-1, keepdims=True)
    weights = tf.where(visibility == HIDDEN, hidden_weight, labelled)
    all_known = tf.reduce_min(labelled, axis=-1, keepdims=True)
    return IdealMaps(
        tf.concat([points, background], axis=-1), tf.concat([weights, all_known], axis=-1)
    )


def _nearness(places: tf.Tensor, count: int, sigma: float) -> tf.Tensor:
    """exp(-d^2 / 2 sigma^2) of each place (B, K) to the middle of each cell: (B, K, count)."""
    middles = tf.range(count, dtype=tf.float32) + 0.5
    return tf.exp(-tf.square((middles - places[..., None]) / sigma) / 2)
