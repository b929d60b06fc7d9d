"""The detector of an experiment, with what the experiment says of its layers."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from detection.label_map import LabelMap
from training.configuration.experiment import Experiment
from training.loop.freezing import freeze
from training.loop.precision import precision_name
from training.loop.schedules import batch_norm_momentum, set_batch_norm_momentum
from training.models.detector import Detector, ModelError
from training.models.registry import build_model


def build_detector(experiment: Experiment, label_map: LabelMap) -> Detector:
    """With random weights, as they are trained, evaluated and exported.

    Raises:
        ModelError: there is no such model, or an option or class that it has not.
    """
    options = dict(experiment.model.options)
    weights = experiment.optimization.class_weights
    if weights:
        names = [item.name for item in sorted(label_map, key=lambda item: item.id)]
        unknown = sorted(set(weights) - set(names))
        if unknown:
            raise ModelError(
                f"optimization.class_weights has {unknown[0]!r}, but the classes are "
                f"{', '.join(names)}"
            )
        options["class_weights"] = tuple(float(weights.get(name, 1.0)) for name in names)
    with _precision(experiment):
        return build_model(
            experiment.model.name,
            class_count=len(label_map),
            input_size_hw=experiment.model.input_size_hw,
            options=options,
        )


def prepare_for_training(detector: Detector, experiment: Experiment, steps: int) -> None:
    """Freeze what is to be, and set the batch norms' momentum; before the first step is traced.

    Raises:
        ModelError: the model has no part that is called backbone.
    """
    freeze(detector, experiment.model)
    momentum = experiment.optimization.batch_norm_momentum
    set_batch_norm_momentum(
        detector.network, batch_norm_momentum(steps) if momentum is None else momentum
    )


@contextmanager
def _precision(experiment: Experiment) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision_name(experiment))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
