"""Which anchor is to find which object: the targets of a batch, anchor by anchor."""

from typing import NamedTuple

import keras
import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS, Batch

# An anchor with less of its area than this in an ignored region is not ignored.
IGNORED_SHARE = 0.5


class AnchorTargets(NamedTuple):
    """What the A anchors of B images should say.

    Args:
        boxes_yxyx: (B, A, 4) float32, the matched object's; any where there is none.
        classes: (B, A) int32, the matched object's, from 0; -1 is background.
        trained: (B, A) float32, 0 where the anchor is neither an object nor background.
    """

    boxes_yxyx: tf.Tensor
    classes: tf.Tensor
    trained: tf.Tensor


def match(
    anchors_yxyx: tf.Tensor, batch: Batch, *, matched_iou: float, unmatched_iou: float
) -> AnchorTargets:
    """Match by overlap, and every object with the anchor that overlaps it most, whatever that is.

    KerasHub's `BoxMatcher` would match the padding of a batch too, with the first anchor.

    Args:
        anchors_yxyx: (A, 4) float32.
        batch: the objects, and what is to be ignored.
        matched_iou: an anchor that overlaps an object by so much or more is matched.
        unmatched_iou: one that overlaps all by less is background.
    """
    objects = tf.logical_and(batch["classes"] != PADDING_CLASS, ~batch["ignored"])  # (B, M)
    overlaps = keras.utils.bounding_boxes.compute_iou(batch["boxes_yxyx"], anchors_yxyx, "yxyx")
    overlaps = tf.where(objects[..., None], overlaps, -1.0)  # (B, M, A)
    # A column that no object has, so that there is one to choose where a batch has no objects.
    overlaps = tf.pad(overlaps, [[0, 0], [0, 1], [0, 0]], constant_values=-1.0)
    best_iou = tf.reduce_max(overlaps, axis=1)  # (B, A)
    best_object = tf.argmax(overlaps, axis=1, output_type=tf.int32)
    forced, forced_object = _best_anchors(overlaps)
    chosen = tf.where(forced, forced_object, best_object)
    positive = tf.logical_or(forced, best_iou >= matched_iou)
    background = tf.logical_and(~positive, best_iou < unmatched_iou)
    background = tf.logical_and(background, ~_ignored(anchors_yxyx, batch))
    classes = tf.pad(batch["classes"], [[0, 0], [0, 1]])
    boxes = tf.pad(batch["boxes_yxyx"], [[0, 0], [0, 1], [0, 0]])
    return AnchorTargets(
        tf.gather(boxes, chosen, batch_dims=1),
        tf.where(positive, tf.gather(classes, chosen, batch_dims=1), PADDING_CLASS),
        tf.cast(tf.logical_or(positive, background), tf.float32),
    )


def _best_anchors(overlaps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """For (B, M, A) overlaps: (B, A) whether an anchor is some object's best, and whose."""
    best_of_object = tf.reduce_max(overlaps, axis=2, keepdims=True)  # (B, M, 1)
    anchor = tf.argmax(overlaps, axis=2, output_type=tf.int32)  # (B, M)
    is_best = tf.one_hot(anchor, tf.shape(overlaps)[2])  # (B, M, A)
    is_best *= tf.cast(best_of_object > 0, tf.float32)
    return tf.reduce_max(is_best, axis=1) > 0, tf.argmax(is_best, axis=1, output_type=tf.int32)


def _ignored(anchors_yxyx: tf.Tensor, batch: Batch) -> tf.Tensor:
    """(B, A) bool: most of the anchor lies in one box that is to be ignored."""
    top_left = tf.maximum(batch["boxes_yxyx"][:, :, None, :2], anchors_yxyx[:, :2])
    bottom_right = tf.minimum(batch["boxes_yxyx"][:, :, None, 2:], anchors_yxyx[:, 2:])
    inside = tf.reduce_prod(tf.maximum(bottom_right - top_left, 0.0), axis=-1)  # (B, M, A)
    area = tf.reduce_prod(anchors_yxyx[:, 2:] - anchors_yxyx[:, :2], axis=-1)  # (A,)
    covered = tf.logical_and(inside > IGNORED_SHARE * area, batch["ignored"][..., None])
    return tf.reduce_any(covered, axis=1)
