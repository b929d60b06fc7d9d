"""The Object Detection API's class outputs without the one for the background."""

from dataclasses import replace

from training.pretrained.source_weights import Array, SourceWeights

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
    shorter = {name: _without_first(array, anchors) for name, array in found.items()}
    return replace(weights, arrays={**weights.arrays, **shorter})


def _without_first(array: Array, anchors: int) -> Array:
    split = array.reshape(*array.shape[:-1], anchors, -1)
    return split[..., 1:].reshape(*array.shape[:-1], -1)
