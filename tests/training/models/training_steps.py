"""A few steps of training, to see that a model learns at all."""

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.detector import Detector

# Tracing a model takes as long as some ten steps without.
FEWEST_TO_TRACE = 10


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
    weights = detector.network.trainable_variables
    optimizer.build(weights)

    def step() -> tf.Tensor:
        losses, slopes = gradients(detector, batch)
        optimizer.apply_gradients(zip(slopes, weights, strict=True))
        return tf.add_n(list(losses.values()))

    if steps >= FEWEST_TO_TRACE:
        step = tf.function(step)
    return [float(step()) for _ in range(steps)]
