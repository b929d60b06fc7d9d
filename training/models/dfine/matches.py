"""`Matches`: the query of each object, and how well its box lies."""

from typing import NamedTuple

import tensorflow as tf

from training.models.dfine.assignment import assign
from training.models.dfine.boxes import corners, iou
from training.models.dfine.objects import Objects


class Matches(NamedTuple):
    """Of B images, K sets of predictions and M objects.

    Args:
        query: (B, K, M) int32, 0 where there is none.
        found: (B, K, M) float32, 1 where there is one.
        boxes_xywh: (B, K, M, 4) float32, the query's.
        iou: (B, K, M) float32, of it and the object, without a gradient; 0 where there is none.
    """

    query: tf.Tensor
    found: tf.Tensor
    boxes_xywh: tf.Tensor
    iou: tf.Tensor

    def sets(self, first: int, last: int) -> "Matches":
        """Those of the sets `first` to `last`, the last one not included."""
        return Matches(*(each[:, first:last] for each in self))


def match(logits: tf.Tensor, boxes_xywh: tf.Tensor, objects: Objects) -> Matches:
    """One query for each object in each of K sets, whichever costs least (`assignment`).

    Args:
        logits: (B, K, Q, C) float32.
        boxes_xywh: (B, K, Q, 4) float32, by center.
        objects: to be found.
    """
    query = assign(logits, boxes_xywh, objects.classes, objects.boxes_xywh, objects.wanted)
    return matches_of(query, boxes_xywh, objects)


def matches_of(query: tf.Tensor, boxes_xywh: tf.Tensor, objects: Objects) -> Matches:
    """The matches by the (B, K, M) int32 query of each object, -1 where there is none."""
    found = tf.cast(query >= 0, tf.float32)
    query = tf.maximum(query, 0)
    chosen = tf.gather(boxes_xywh, query, batch_dims=2)  # (B, K, M, 4)
    chosen = tf.where(found[..., None] > 0, chosen, objects.boxes_xywh[:, None])
    overlap = tf.stop_gradient(iou(corners(chosen), corners(objects.boxes_xywh[:, None])))
    return Matches(query, found, chosen, overlap * found)
