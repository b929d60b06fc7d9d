"""`Objects`: what is to be found in a batch, as D-FINE's losses compare it."""

from typing import NamedTuple

import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS, Batch
from training.models.dfine.boxes import by_center


class Objects(NamedTuple):
    """Of B images with M objects each, at least one, padded.

    Args:
        classes: (B, M) int32, 0 where padded.
        boxes_xywh: (B, M, 4) float32 by center, the whole image where padded.
        wanted: (B, M) bool, to be found.
        ignored_xyxy: (B, M, 4) float32, of no size where nothing is to be ignored.
    """

    classes: tf.Tensor
    boxes_xywh: tf.Tensor
    wanted: tf.Tensor
    ignored_xyxy: tf.Tensor


def objects_of(batch: Batch) -> Objects:
    """What is to be found in a batch, padded to one object or more."""
    # One more, so that there is one to choose where a batch has no objects.
    classes = tf.pad(batch["classes"], [[0, 0], [0, 1]], constant_values=PADDING_CLASS)
    ignored = tf.pad(batch["ignored"], [[0, 0], [0, 1]])
    yxyx = tf.pad(batch["boxes_yxyx"], [[0, 0], [0, 1], [0, 0]])
    xyxy = tf.gather(yxyx, [1, 0, 3, 2], axis=-1)
    wanted = tf.logical_and(classes != PADDING_CLASS, ~ignored)
    return Objects(
        tf.maximum(classes, 0),
        tf.where(wanted[..., None], by_center(xyxy), [0.5, 0.5, 1.0, 1.0]),
        wanted,
        tf.where(ignored[..., None], xyxy, 0.0),
    )
