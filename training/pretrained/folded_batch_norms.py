"""Batch normalizations brought back where a file has only what they were folded to.

A folded convolution is `kernel * x + offset`. A batch normalization of any mean and variance
gives that function when its gamma and beta undo them, but in training it uses the batch's own
mean and variance: with made-up statistics the first step would destroy what was learned. So
images are shown to the network and each normalization is given the statistics that it sees:
what it does in inference stays exactly the same, and training starts almost there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.pretrained.source_weights import FoldedBatchNorm

Channels = npt.NDArray[np.float64]


@dataclass
class _Statistics:
    """Sums over what a layer was given, by channel."""

    count: int = 0
    total: Channels = field(default_factory=lambda: np.zeros(1))
    squares: Channels = field(default_factory=lambda: np.zeros(1))

    def add(self, x: tf.Tensor) -> None:
        """Count `x`, (..., C)."""
        values = np.asarray(x, np.float64).reshape(-1, x.shape[-1])
        self.count += len(values)
        self.total = self.total + values.sum(axis=0)
        self.squares = self.squares + np.square(values).sum(axis=0)

    def mean_and_variance(self) -> tuple[Channels, Channels]:
        """Both (C,)."""
        mean = self.total / self.count
        return mean, np.maximum(self.squares / self.count - np.square(mean), 0.0)


def batch_norms_of(network: keras.Model) -> dict[str, keras.layers.BatchNormalization]:
    """The network's batch normalizations by name, those of models inside it too.

    A name that two of them have is ambiguous, and left out.
    """
    norms = [
        layer
        # Keras has no public walk that enters layers made of layers.
        for layer in network._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    uses = Counter(norm.name for norm in norms)
    return {norm.name: norm for norm in norms if uses[norm.name] == 1}


def fill(
    norms: Mapping[str, keras.layers.BatchNormalization], folded: Mapping[str, FoldedBatchNorm]
) -> None:
    """Let each normalization do what was folded, with the statistics that it had.

    Where the source does not say them, with a mean of 0 and a variance of 1.
    """
    for name, each in folded.items():
        channels = len(each.offset)
        mean, variance = each.statistics or (np.zeros(channels), np.ones(channels))
        _assign(norms[name], each, mean.astype(np.float64), variance.astype(np.float64))


def calibrate(
    network: keras.Model,
    norms: Mapping[str, keras.layers.BatchNormalization],
    folded: Mapping[str, FoldedBatchNorm],
    batches: Iterable[npt.NDArray[np.float32]],
) -> int:
    """Give normalizations that `fill` has filled the statistics of what they are given.

    Args:
        network: what they are in.
        norms: by name.
        folded: what each must go on to do, by name.
        batches: (B, H, W, 3) each, in 0..255, as the network will be trained on.

    Returns:
        How many images it was.
    """
    statistics = {name: _Statistics() for name in folded}
    count = 0
    with _watched({name: norms[name] for name in folded}, statistics):
        for images in batches:
            network(images, training=False)
            count += len(images)
    if count:
        for name, each in folded.items():
            _assign(norms[name], each, *statistics[name].mean_and_variance())
    return count


def _assign(
    norm: keras.layers.BatchNormalization,
    folded: FoldedBatchNorm,
    mean: Channels,
    variance: Channels,
) -> None:
    """Give it these statistics, and the gamma and beta with which it still does the same."""
    norm.moving_mean.assign(mean.astype(np.float32))
    norm.moving_variance.assign(variance.astype(np.float32))
    norm.gamma.assign((folded.scale * np.sqrt(variance + norm.epsilon)).astype(np.float32))
    norm.beta.assign((folded.offset + folded.scale * mean).astype(np.float32))


@contextmanager
def _watched(
    norms: Mapping[str, keras.layers.BatchNormalization], statistics: Mapping[str, _Statistics]
) -> Iterator[None]:
    """Count what each layer is given while this is open.

    The layers' own `call` is wrapped: a model of their inputs cannot be made where a layer is
    in a model inside the model.
    """

    def counting(call: Callable[..., Any], counted: _Statistics) -> Callable[..., Any]:
        def call_and_count(inputs: tf.Tensor, *args: Any, **kwargs: Any) -> Any:
            counted.add(inputs)
            return call(inputs, *args, **kwargs)

        return call_and_count

    originals = {name: norm.call for name, norm in norms.items()}
    for name, norm in norms.items():
        object.__setattr__(norm, "call", counting(originals[name], statistics[name]))
    try:
        yield
    finally:
        for norm in norms.values():
            object.__delattr__(norm, "call")
