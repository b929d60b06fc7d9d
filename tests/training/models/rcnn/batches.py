"""Batches with masks: ellipses in their boxes."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tests.support.batches import Object, a_batch
from training.input_pipeline.batch import Batch

_COLORS = np.array([[250, 40, 40], [40, 250, 60]], np.float32)


def batch_of_ellipses(images: Sequence[Sequence[Object]], size_hw: tuple[int, int]) -> Batch:
    """Those objects, each an ellipse of its class's color, on noise."""
    batch = a_batch(images, size_hw)
    pixels = batch["images"].numpy() // 4
    rows, columns = np.mgrid[: size_hw[0], : size_hw[1]] + 0.5
    rows, columns = rows / size_hw[0], columns / size_hw[1]
    masks = np.zeros((*batch["classes"].shape, *size_hw), np.uint8)
    for image, objects in enumerate(images):
        for place, (label, (top, left, bottom, right), _) in enumerate(objects):
            y = (2 * rows - top - bottom) / (bottom - top)
            x = (2 * columns - left - right) / (right - left)
            covered = y**2 + x**2 < 1
            masks[image, place] = covered
            pixels[image][covered] = _COLORS[label]
    batch["images"] = tf.constant(pixels)
    batch["masks"] = tf.constant(masks)
    return batch
