"""Drawn spots in the place of hands: what a network can learn in a few steps."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from detection.hands.skeleton import KEYPOINT_NAMES
from training.input_pipeline.batch import Batch

COUNT = len(KEYPOINT_NAMES)


def points(rng: np.random.Generator, hands: int) -> npt.NDArray[np.float32]:
    """(hands, 21, 3): all seen, somewhere in the middle."""
    places = rng.uniform(0.15, 0.85, (hands, COUNT, 2))
    return np.concatenate([places, np.full((hands, COUNT, 1), 2.0)], axis=-1).astype(np.float32)


def batch_of(keypoints: npt.NDArray[np.float32], size_hw: tuple[int, int]) -> Batch:
    """Images in which each hand's points are grey spots, the later the brighter.

    Args:
        keypoints: (B, 21, 3).
        size_hw: of the images.
    """
    height, width = size_hw
    images = np.zeros((len(keypoints), height, width, 3), np.float32)
    for image, hand in zip(images, keypoints, strict=True):
        for number, (y, x, _) in enumerate(hand):
            row, column = int(y * height), int(x * width)
            image[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = 60 + 9 * number
    count = len(keypoints)
    return Batch(
        images=tf.constant(images),
        boxes_yxyx=tf.tile(tf.constant([[[0.0, 0.0, 1.0, 1.0]]]), (count, 1, 1)),
        classes=tf.zeros((count, 1), tf.int32),
        ignored=tf.zeros((count, 1), tf.bool),
        image_ids=tf.range(count),
        keypoints=tf.constant(keypoints[:, None]),
    )
