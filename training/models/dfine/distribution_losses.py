"""FGL and DDF: the losses of the distributions that boxes are made of (the paper's section 4)."""

import tensorflow as tf

from training.models.dfine.boxes import corners
from training.models.dfine.distributions import distances_to_bins
from training.models.dfine.matches import Matches
from training.models.dfine.objects import Objects

_TEMPERATURE = 5.0


def fine_grained_localization_loss(
    corner_logits: tf.Tensor,
    reference_xywh: tf.Tensor,
    matches: Matches,
    objects: Objects,
    weights: tf.Tensor,
) -> tf.Tensor:
    """FGL, summed: each side's distribution should lie on the two bins beside its true distance.

    Args:
        corner_logits: (B, L, Q, 4, bins) float32, of L layers.
        reference_xywh: (B, L, Q, 4) float32 by center, from which distances are measured.
        matches: of the layers.
        objects: that were matched.
        weights: (B, 1, M) float32, of each object.
    """
    of_query = tf.gather(corner_logits, matches.query, batch_dims=2)  # (B, L, M, 4, bins)
    start = tf.stop_gradient(tf.gather(reference_xywh, matches.query, batch_dims=2))
    left, right_share = distances_to_bins(start, corners(objects.boxes_xywh[:, None]))
    entropy = -tf.nn.log_softmax(of_query)
    per_side = (1 - right_share) * tf.gather(entropy, left, batch_dims=4) + right_share * tf.gather(
        entropy, left + 1, batch_dims=4
    )
    return tf.reduce_sum(per_side * (matches.iou * matches.found * weights)[..., None])


def distillation_loss(
    corner_logits: tf.Tensor,
    logits: tf.Tensor,
    matches: Matches,
    matched_share: tf.Tensor,
    is_query: tf.Tensor | float = 1.0,
) -> tf.Tensor:
    """DDF: the earlier layers' distributions should be the last one's, where that scores high.

    The mean over matched queries and the mean over the others are added by `matched_share`.

    Args:
        corner_logits: (B, L, Q, 4, bins) float32, of L layers.
        logits: (B, L, Q, C) float32.
        matches: of the layers.
        matched_share: what the matched queries weigh, 0..1; the others weigh the rest.
        is_query: (B, 1, Q) float32, 0 where a query is padding.
    """
    teacher = tf.nn.log_softmax(tf.stop_gradient(corner_logits[:, -1:]) / _TEMPERATURE)
    student = tf.nn.log_softmax(corner_logits[:, :-1] / _TEMPERATURE)
    divergence = tf.reduce_sum(tf.exp(teacher) * (teacher - student), axis=-1)
    per_query = tf.reduce_mean(divergence, axis=-1) * _TEMPERATURE**2  # (B, L - 1, Q)
    matches = matches.sets(0, -1)
    of_query = tf.one_hot(matches.query, tf.shape(logits)[2]) * matches.found[..., None]
    matched = tf.minimum(tf.reduce_sum(of_query, axis=2), 1.0)
    iou = tf.reduce_sum(of_query * matches.iou[..., None], axis=2)
    score = tf.stop_gradient(tf.reduce_max(tf.sigmoid(logits[:, -1:]), axis=-1))  # (B, 1, Q)
    per_layer = matched_share * _mean(per_query * iou, matched) + (1 - matched_share) * _mean(
        per_query * score, (1.0 - matched) * is_query
    )
    return tf.reduce_sum(per_layer)


def matched_share(wanted: tf.Tensor, queries: int | tf.Tensor) -> tf.Tensor:
    """What matched queries weigh in DDF: the root of their number, against that of the others'.

    The authors' code balances denoising queries too by the queries that find objects.

    Args:
        wanted: (B, M) bool, the objects to be found.
        queries: of an image, that find objects.
    """
    found = tf.minimum(tf.reduce_sum(tf.cast(wanted, tf.int32), axis=1), queries)
    matched = tf.cast(tf.reduce_sum(found), tf.float32)
    others = tf.cast(tf.reduce_sum(queries - found), tf.float32)
    return tf.math.divide_no_nan(tf.sqrt(matched), tf.sqrt(matched) + tf.sqrt(others))


def _mean(values: tf.Tensor, counted: tf.Tensor) -> tf.Tensor:
    """(L - 1,) of two (B, L - 1, Q), the mean where `counted` is 1; 0 where it nowhere is."""
    count = tf.reduce_sum(counted, axis=(0, 2))
    return tf.math.divide_no_nan(tf.reduce_sum(values * counted, axis=(0, 2)), count)
