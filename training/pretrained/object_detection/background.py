"""The Object Detection API's class outputs without the one for the background."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from training.pretrained.source_weights import SourceWeights

T = TypeVar("T", bound=np.generic)

_CLASS_OUTPUTS = tuple(f"class_predictor/{each}" for each in ("kernel", "pointwise_kernel", "bias"))
_BOXES = "box_predictor/bias"


def without_background(weights: SourceWeights) -> SourceWeights:
    """The same with each anchor's first class output left out.

    The class scores are a sigmoid each, so that the others mean the same without it. It is left
    out whatever number of classes the model has: with it, one class more would fit by shape, and
    all classes would be shifted by one.

    Args:
        weights: with the class outputs' last axis anchors x (1 + classes).
    """
    if _BOXES not in weights.arrays:
        return weights
    anchors = weights.arrays[_BOXES].shape[-1] // 4
    found = {name: weights.arrays[name] for name in _CLASS_OUTPUTS if name in weights.arrays}
    shorter = {name: without_first(array, anchors) for name, array in found.items()}
    return replace(weights, arrays={**weights.arrays, **shorter})


def without_first(array: npt.NDArray[T], anchors: int) -> npt.NDArray[T]:
    """An array without each anchor's first output; its last axis is anchors x outputs."""
    split = array.reshape(*array.shape[:-1], anchors, -1)
    return split[..., 1:].reshape(*array.shape[:-1], -1)
