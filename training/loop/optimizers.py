"""What turns gradients into new weights: Keras's optimizers, one for each learning rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.configuration.sections import OptimizationSection
from training.loop.schedules import learning_rate_schedule
from training.models.detector import Detector

SGD_MOMENTUM = 0.9


@dataclass(frozen=True)
class _Group:
    optimizer: Any
    variables: list[Any]


class Updates:
    """The optimizers of a network; to be built under the strategy's scope.

    Args:
        detector: whose trainable weights are changed.
        section: how.
        steps: of the whole training.
        scale_loss: keep small gradients from becoming 0 in float16, by a scale that follows them;
            a step whose gradients are too large for it is passed over, and `is_scaled` says so.
    """

    def __init__(
        self, detector: Detector, section: OptimizationSection, steps: int, *, scale_loss: bool
    ) -> None:
        self._clip_norm = section.gradient_clip_norm
        share = section.backbone_learning_rate_share
        backbone = _weight_ids(detector.parts.get("backbone", ())) if share != 1 else set()
        variables = list(detector.network.trainable_weights)
        parts = (
            (1.0, [each for each in variables if id(each) not in backbone]),
            (share, [each for each in variables if id(each) in backbone]),
        )
        self._groups = [
            _Group(_optimizer(section, steps, of_rate, group, scale_loss), group)
            for of_rate, group in parts
            if group
        ]
        self.is_scaled = scale_loss

    @property
    def trainable(self) -> list[Any]:
        """The variables, in the order in which `apply` takes their gradients."""
        return [variable for group in self._groups for variable in group.variables]

    @property
    def learning_rate(self) -> float:
        """That of the next step, of all but the backbone."""
        return float(keras.ops.convert_to_numpy(self._groups[0].optimizer.learning_rate))

    def scale(self, loss: tf.Tensor) -> tf.Tensor:
        """The loss to take gradients of."""
        return self._groups[0].optimizer.scale_loss(loss) if self.is_scaled else loss

    def apply(self, gradients: Sequence[tf.Tensor | None]) -> tf.Tensor:
        """Change the weights; in a replica.

        Args:
            gradients: of `scale(loss)` by each of `trainable`; None where there is none.

        Returns:
            The norm of the gradients over all weights, before it was clipped; a scalar.
        """
        pairs = [
            (gradient, variable, number)
            for number, group in enumerate(self._groups)
            for gradient, variable in zip(
                gradients[self._start(number) :][: len(group.variables)],
                group.variables,
                strict=True,
            )
            if gradient is not None
        ]
        values = _summed_over_replicas([gradient for gradient, _, _ in pairs])
        norm = tf.linalg.global_norm(values)
        factor = tf.ones_like(norm)
        if self.is_scaled:
            norm /= tf.cast(self._groups[0].optimizer.dynamic_scale.value, norm.dtype)
            # All optimizers skip a step whose gradients are not finite, or none.
            factor = tf.where(tf.math.is_finite(norm), factor, np.nan)
        if self._clip_norm is not None:
            factor *= self._clip_norm / tf.maximum(norm, self._clip_norm)
        # Keras's optimizers add up over replicas what they are given.
        factor /= tf.cast(tf.distribute.get_strategy().num_replicas_in_sync, factor.dtype)
        values = [value * tf.cast(factor, value.dtype) for value in values]
        for number, group in enumerate(self._groups):
            own = [
                (value, variable)
                for value, (_, variable, of_group) in zip(values, pairs, strict=True)
                if of_group == number
            ]
            if own:
                group.optimizer.apply([value for value, _ in own], [each for _, each in own])
        return norm

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Moments, counters and scales, by name."""
        return {name: keras.ops.convert_to_numpy(each) for name, each in self._named()}

    def set_state(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Go on from what `state` gave.

        Raises:
            ValueError: it is of another optimizer, or of other weights; nothing is changed.
        """
        named = self._named()
        missing = [name for name, _ in named if name not in state]
        if missing:
            raise ValueError(
                f"it lacks {len(missing)} of {len(named)} values of this training's optimizer, "
                f"{missing[0]} among them; resume with the run's own optimizer and model options "
                "(num_denoising: 0 for a D-FINE of before there was that option)"
            )
        for name, variable in named:
            variable.assign(state[name])

    def _named(self) -> list[tuple[str, Any]]:
        # By number too: layers of one name may lie in different models.
        return [
            (f"{number}/{place:04d}/{variable.name}", variable)
            for number, group in enumerate(self._groups)
            for place, variable in enumerate(group.optimizer.variables)
        ]

    def _start(self, number: int) -> int:
        return sum(len(group.variables) for group in self._groups[:number])


def _optimizer(
    section: OptimizationSection, steps: int, share: float, variables: list[Any], scale_loss: bool
) -> Any:
    schedule = learning_rate_schedule(section, steps, share)
    decay = section.weight_decay or None
    if section.optimizer == "sgd":
        optimizer: Any = keras.optimizers.SGD(
            schedule, momentum=SGD_MOMENTUM, nesterov=True, weight_decay=decay
        )
    else:
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=section.weight_decay)
    # A bias, and a norm's gain and shift, are vectors; kernels have two axes and more.
    optimizer.exclude_from_weight_decay([each for each in variables if len(each.shape) < 2])
    if scale_loss:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(variables)
    return optimizer


def _summed_over_replicas(values: list[tf.Tensor]) -> list[tf.Tensor]:
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return [tf.convert_to_tensor(value) for value in values]
    context = tf.distribute.get_replica_context()
    return list(context.all_reduce(tf.distribute.ReduceOp.SUM, values))


def _weight_ids(layers: Sequence[keras.Layer]) -> set[int]:
    return {id(variable) for layer in layers for variable in layer.weights}
