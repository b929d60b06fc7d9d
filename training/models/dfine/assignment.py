"""The assignment of queries to objects: one each, at the least cost over an image."""

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy.optimize import linear_sum_assignment

from training.models.dfine.boxes import corners

# The paper's costs of a wrong class, of a box far off, and of one that overlaps little.
CLASS_COST, BOX_COST, IOU_COST = 2.0, 5.0, 2.0
_ALPHA, _GAMMA = 0.25, 2.0
_EPSILON = 1e-8
# More than any sum of the costs: rather a bad query than what is no number.
_LARGEST_COST = 1e6


def assign(
    logits: tf.Tensor,
    boxes_xywh: tf.Tensor,
    classes: tf.Tensor,
    objects_xywh: tf.Tensor,
    wanted: tf.Tensor,
) -> tf.Tensor:
    """The query of each object, in each of K sets of predictions.

    Args:
        logits: (B, K, Q, C) float32.
        boxes_xywh: (B, K, Q, 4) float32, by center.
        classes: (B, M) int32.
        objects_xywh: (B, M, 4) float32, by center.
        wanted: (B, M) bool, which of the M are objects to be found.

    Returns:
        (B, K, M) int32, -1 where nothing is wanted, or where there are more objects than queries.
    """
    cost = _costs(logits, boxes_xywh, classes, objects_xywh)  # (B, K, Q, M)
    chosen = tf.numpy_function(_solve, [tf.stop_gradient(cost), wanted], tf.int32, stateful=False)
    return tf.ensure_shape(chosen, (None, None, None))


def _costs(
    logits: tf.Tensor, boxes_xywh: tf.Tensor, classes: tf.Tensor, objects_xywh: tf.Tensor
) -> tf.Tensor:
    """(B, K, Q, M)."""
    probability = tf.sigmoid(logits)
    known = _ALPHA * (1 - probability) ** _GAMMA * -tf.math.log(probability + _EPSILON)
    unknown = (1 - _ALPHA) * probability**_GAMMA * -tf.math.log(1 - probability + _EPSILON)
    of_class = tf.one_hot(classes, tf.shape(logits)[-1])  # (B, M, C)
    class_cost = tf.einsum("bkqc,bmc->bkqm", known - unknown, of_class)
    here, there = boxes_xywh[:, :, :, None], objects_xywh[:, None, None]
    box_cost = tf.reduce_sum(tf.abs(here - there), axis=-1)
    iou = keras.utils.bounding_boxes.compute_ciou(corners(here), corners(there), "xyxy")
    return CLASS_COST * class_cost + BOX_COST * box_cost - IOU_COST * iou


def _solve(cost: npt.NDArray[np.float32], wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    batch, sets, _, objects = cost.shape
    cost = np.nan_to_num(cost, nan=_LARGEST_COST, posinf=_LARGEST_COST, neginf=-_LARGEST_COST)
    chosen = np.full((batch, sets, objects), -1, np.int32)
    for image in range(batch):
        columns = np.flatnonzero(wanted[image])
        for number in range(sets if len(columns) else 0):
            queries, found = linear_sum_assignment(cost[image, number][:, columns])
            chosen[image, number, columns[found]] = queries
    return chosen
