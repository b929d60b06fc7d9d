"""Corners and overlaps of boxes, of any leading axes."""

import tensorflow as tf


def corners(boxes_xywh: tf.Tensor) -> tf.Tensor:
    """[x_min, y_min, x_max, y_max] of boxes by center, (..., 4) both."""
    center, size = boxes_xywh[..., :2], boxes_xywh[..., 2:]
    return tf.concat([center - size / 2, center + size / 2], axis=-1)


def by_center(boxes_xyxy: tf.Tensor) -> tf.Tensor:
    """The inverse of `corners`."""
    low, high = boxes_xyxy[..., :2], boxes_xyxy[..., 2:]
    return tf.concat([(low + high) / 2, high - low], axis=-1)


def area(boxes_xyxy: tf.Tensor) -> tf.Tensor:
    """(...) of (..., 4); 0 where a side is negative."""
    return tf.reduce_prod(tf.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0.0), axis=-1)


def intersection(first_xyxy: tf.Tensor, second_xyxy: tf.Tensor) -> tf.Tensor:
    """The area that boxes share, (...) of two (..., 4) that broadcast."""
    low = tf.maximum(first_xyxy[..., :2], second_xyxy[..., :2])
    high = tf.minimum(first_xyxy[..., 2:], second_xyxy[..., 2:])
    return area(tf.concat([low, high], axis=-1))


def iou(first_xyxy: tf.Tensor, second_xyxy: tf.Tensor) -> tf.Tensor:
    """(...) of two (..., 4) that broadcast; 0 for two boxes without an area."""
    both = intersection(first_xyxy, second_xyxy)
    return tf.math.divide_no_nan(both, area(first_xyxy) + area(second_xyxy) - both)
