"""One step: a batch in, other weights and the parts of the loss out."""

from typing import Any, NamedTuple

import tensorflow as tf

from training.loop.averaging import WeightAverages
from training.loop.optimizers import Updates
from training.models.detector import Detector

TOTAL, GRADIENT_NORM, STOP = "loss", "gradient_norm", "stop"


class StepScalars(NamedTuple):
    """What a step says, on the device that took it.

    Args:
        names: of the values, in their order.
        values: (N,) float32.
    """

    names: tuple[str, ...]
    values: tf.Tensor

    def read(self) -> dict[str, float]:
        """The values by name; waits until the step is done."""
        return dict(zip(self.names, self.values.numpy().tolist(), strict=True))


class TrainingStep:
    """The step as one graph, over all replicas.

    Args:
        detector: what is trained.
        updates: change its weights.
        averages: follow them; None for none.
        strategy: where the replicas are.
    """

    def __init__(
        self,
        detector: Detector,
        updates: Updates,
        averages: WeightAverages | None,
        strategy: tf.distribute.Strategy,
    ) -> None:
        self._detector = detector
        self._updates = updates
        self._averages = averages
        self._strategy = strategy
        self._graph = tf.function(self._over_replicas, reduce_retracing=True)

    def trace(self, batch_spec: Any) -> None:
        """Make the graph for all batches before the first one.

        Without that the first step's would be for as many objects as happen to be in its batch,
        and the second step would wait for another one.

        Args:
            batch_spec: `element_spec` of an iteration over the strategy's data set.
        """
        self._graph.get_concrete_function(
            batch_spec, tf.TensorSpec((), tf.int64), tf.TensorSpec((), tf.float32)
        )

    def __call__(self, batch: Any, step: int, *, stop: bool = False) -> StepScalars:
        """Take a step; a GPU has it to do yet when this returns.

        Args:
            batch: what an iteration over the strategy's data set gives.
            step: how many are done before.
            stop: this process wants to end.

        Returns:
            The parts of the loss, their sum as `loss`, the norm of the gradients, and as `stop`
            how many of the processes want to end; means over the replicas.
        """
        scalars = self._graph(batch, tf.constant(step, tf.int64), tf.constant(float(stop)))
        names = tuple(sorted(scalars))
        # One transfer in the place of one for each.
        return StepScalars(names, tf.stack([scalars[name] for name in names]))

    def _over_replicas(self, batch: Any, step: tf.Tensor, stop: tf.Tensor) -> dict[str, tf.Tensor]:
        scalars = self._strategy.run(self._in_replica, args=(batch, stop))
        scalars = {
            name: self._strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None)
            for name, value in scalars.items()
        }
        if self._averages is not None:
            self._averages.update(step)
        return scalars

    def _in_replica(self, batch: Any, stop: tf.Tensor) -> dict[str, tf.Tensor]:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        # Here and not in the pipeline, so that a quarter of the bytes go to the device.
        batch = {**batch, "images": tf.cast(batch["images"], tf.float32)}
        with tf.GradientTape() as tape:
            losses = self._detector.losses(batch)
            total = tf.add_n(list(losses.values()))
            # Gradients are added up over the replicas: each gives its share of the mean.
            scaled = self._updates.scale(total / replicas)
        variables = [variable.value for variable in self._updates.trainable]
        gradients = tape.gradient(scaled, variables)
        norm = self._updates.apply(gradients)
        return {**losses, TOTAL: total, GRADIENT_NORM: norm, STOP: stop}
