"""Batches with masks: ellipses in their boxes."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tests.support.batches import Object, a_batch
from training.input.batch import Batch

_COLOURS = np.array([[250, 40, 40], [40, 250, 60]], np.float32)


def batch_of_ellipses(pictures: Sequence[Sequence[Object]], size_hw: tuple[int, int]) -> Batch:
    """Those objects, each an ellipse of its class's colour, on noise."""
    batch = a_batch(pictures, size_hw)
    images = batch["images"].numpy() // 4
    rows, columns = np.mgrid[: size_hw[0], : size_hw[1]] + 0.5
    rows, columns = rows / size_hw[0], columns / size_hw[1]
    masks = np.zeros((*batch["classes"].shape, *size_hw), np.uint8)
    for picture, objects in enumerate(pictures):
        for place, (label, (top, left, bottom, right), _) in enumerate(objects):
            y = (2 * rows - top - bottom) / (bottom - top)
            x = (2 * columns - left - right) / (right - left)
            covered = y**2 + x**2 < 1
            masks[picture, place] = covered
            images[picture][covered] = _COLOURS[label]
    batch["images"] = tf.constant(images)
    batch["masks"] = tf.constant(masks)
    return batch
