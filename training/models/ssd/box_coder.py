"""Boxes as differences from anchors, in the Faster R-CNN paper's way (Ren et al. 2015)."""

import keras
import tensorflow as tf

# The Object Detection API's scales 10, 10, 5, 5: offsets of a tenth of the anchor count as 1.
VARIANCE = (0.1, 0.1, 0.2, 0.2)
# An encoding above this would be a box exp(8) times the anchor, and further on infinite.
LARGEST_LOG_SIZE = 8.0


def encode_boxes(anchors_yxyx: tf.Tensor, boxes_yxyx: tf.Tensor) -> tf.Tensor:
    """How each anchor is moved to its box.

    Args:
        anchors_yxyx: (A, 4) float32.
        boxes_yxyx: (B, A, 4) float32.

    Returns:
        (B, A, 4) float32: [y, x, log height, log width] relative to the anchor, over `VARIANCE`.
    """
    return keras.utils.bounding_boxes.encode_box_to_deltas(
        anchors_yxyx, boxes_yxyx, "yxyx", "yxyx", encoding_format="center_yxhw", variance=VARIANCE
    )


def decode_boxes(anchors_yxyx: tf.Tensor, encodings: tf.Tensor) -> tf.Tensor:
    """The boxes that `encode_boxes` has encoded.

    Args:
        anchors_yxyx: (A, 4) float32.
        encodings: (B, A, 4) float32.

    Returns:
        (B, A, 4) float32, [y_min, x_min, y_max, x_max], not clipped.
    """
    limit = LARGEST_LOG_SIZE / VARIANCE[2]
    return keras.utils.bounding_boxes.decode_deltas_to_boxes(
        anchors_yxyx,
        tf.minimum(encodings, limit),
        "yxyx",
        "yxyx",
        encoded_format="center_yxhw",
        variance=VARIANCE,
    )
