"""A few steps of training, to see that a model learns at all."""

import keras
import tensorflow as tf

from training.input.batch import Batch
from training.models.detector import Detector


def gradients(detector: Detector, batch: Batch) -> tuple[dict[str, tf.Tensor], list[tf.Tensor]]:
    """The losses of a batch, and their gradients by the order of the network's variables."""
    with tf.GradientTape() as tape:
        losses = detector.losses(batch)
        total = tf.add_n(list(losses.values()))
    return losses, tape.gradient(total, detector.network.trainable_variables)


def totals(
    detector: Detector, batch: Batch, optimizer: keras.optimizers.Optimizer, steps: int
) -> list[float]:
    """The loss at each step on the same batch."""
    found = []
    for _ in range(steps):
        losses, slopes = gradients(detector, batch)
        optimizer.apply_gradients(zip(slopes, detector.network.trainable_variables, strict=True))
        found.append(float(sum(losses.values())))
    return found
