"""The exponential moving average of a network's weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf


class WeightAverages:
    """An average of every weight, which is better than the last step's on what was not seen.

    The decay begins low and rises, so that the random first weights are soon forgotten:
    min(decay, (1 + t) / (10 + t)) after t steps. Weights that are not trained (batch norms' moving
    statistics, which are averages already) are taken as they are.

    Args:
        network: whose weights are averaged; to be built under the strategy's scope.
        decay: 0 to 1.
        strategy: where the variables live.

    Source: Tarvainen and Valpola 2017, "Mean teachers"; the rising decay is that of TensorFlow's
    `ExponentialMovingAverage(num_updates)`.
    """

    def __init__(self, network: keras.Model, decay: float, strategy: tf.distribute.Strategy):
        self._strategy = strategy
        self._decay = decay
        self._weights = list(network.weights)
        trained = {id(variable) for variable in network.trainable_weights}
        self._is_trained = [id(variable) in trained for variable in self._weights]
        self._averages = [
            tf.Variable(tf.convert_to_tensor(weight.value), trainable=False)
            for weight in self._weights
        ]

    def update(self, step: Any) -> None:
        """Take the weights after a step in; within a `tf.function`, outside of the replicas.

        Args:
            step: how many steps are done before this one, a scalar.
        """
        done = tf.cast(step, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + done) / (10.0 + done))
        for average, weight, is_trained in zip(
            self._averages, self._weights, self._is_trained, strict=True
        ):
            move = _move if is_trained else _copy
            self._strategy.extended.update(average, move, args=(weight.value, decay), group=False)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network with the averages for its weights, until the block's end."""
        raw = [weight.numpy() for weight in self._weights]
        for weight, average in zip(self._weights, self._averages, strict=True):
            weight.assign(average.numpy())
        try:
            yield
        finally:
            for weight, value in zip(self._weights, raw, strict=True):
                weight.assign(value)

    def take_over(self) -> None:
        """Begin anew from the network's weights as they are."""
        for weight, average in zip(self._weights, self._averages, strict=True):
            average.assign(weight.numpy())


def _move(average: tf.Variable, weight: tf.Tensor, decay: tf.Tensor) -> None:
    rest = tf.cast(1.0 - decay, average.dtype)
    average.assign_sub((average - weight) * rest)


def _copy(average: tf.Variable, weight: tf.Tensor, _decay: tf.Tensor) -> None:
    average.assign(weight)
