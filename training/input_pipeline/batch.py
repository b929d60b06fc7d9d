"""`Batch`: what a model is trained on, by the names of its tensors."""

from typing import NotRequired, TypedDict

import tensorflow as tf

# The class of what is padded, where an image has fewer objects than another of its batch.
PADDING_CLASS = -1
# What is said of a keypoint beside its place; seen is 2.
NOT_LABELLED, HIDDEN = 0, 1


class Batch(TypedDict):
    """B images of one size with at most M objects each; what is padded is 0, its class -1.

    Args:
        images: (B, H, W, 3) float32, RGB in 0..255, of the size that the model takes.
        boxes_yxyx: (B, M, 4) float32, [y_min, x_min, y_max, x_max] in 0..1.
        classes: (B, M) int32, from 0, by rising number in the label map.
        ignored: (B, M) bool, neither an object nor background: a crowd, an object too difficult
            to count, an unlabelled region.
        image_ids: (B,) int32, which images these are, for messages.
        masks: (B, M, H, W) uint8, 0 or 1, where masks are trained.
        keypoints: (B, M, K, 3) float32, [y, x] in 0..1 and 0 not labelled, 1 hidden, 2 visible,
            where keypoints are trained.
    """

    images: tf.Tensor
    boxes_yxyx: tf.Tensor
    classes: tf.Tensor
    ignored: tf.Tensor
    image_ids: tf.Tensor
    masks: NotRequired[tf.Tensor]
    keypoints: NotRequired[tf.Tensor]
