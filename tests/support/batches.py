"""Batches of noise with objects in them, for tests of models."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS, Batch

# A class from 0, the box in 0..1 as [y_min, x_min, y_max, x_max], whether it is to be ignored.
Object = tuple[int, tuple[float, float, float, float], bool]


def a_batch(images: Sequence[Sequence[Object]], size_hw: tuple[int, int], seed: int = 0) -> Batch:
    """A batch of those objects in images of noise, padded as the input pipeline pads."""
    most = max(len(objects) for objects in images)
    boxes = np.zeros((len(images), most, 4), np.float32)
    classes = np.full((len(images), most), PADDING_CLASS, np.int32)
    ignored = np.zeros((len(images), most), bool)
    for row, objects in enumerate(images):
        for column, (label, box, skipped) in enumerate(objects):
            boxes[row, column], classes[row, column], ignored[row, column] = box, label, skipped
    noise = np.random.default_rng(seed).uniform(0, 255, (len(images), *size_hw, 3))
    return Batch(
        images=tf.constant(noise, tf.float32),
        boxes_yxyx=tf.constant(boxes),
        classes=tf.constant(classes),
        ignored=tf.constant(ignored),
        image_ids=tf.range(len(images)),
    )
