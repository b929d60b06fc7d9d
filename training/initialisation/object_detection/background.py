"""The Object Detection API's class outputs without the one for the background."""

from dataclasses import replace

from training.initialisation.source_weights import Array, SourceWeights

_CLASS_OUTPUTS = (
    "class_predictor/kernel",
    "class_predictor/pointwise_kernel",
    "class_predictor/bias",
)


def without_background(weights: SourceWeights, class_count: int) -> SourceWeights:
    """The same with each anchor's first class output left out, where the classes are as many.

    Its class scores are a sigmoid each, so that the others mean the same without it.

    Args:
        weights: with the class outputs' last axis anchors x (1 + classes).
        class_count: how many the model has. Where the source has another number, its class
            outputs stay as they are and are later found to have another shape.
    """
    arrays = dict(weights.arrays)
    boxes = arrays.get("box_predictor/bias")
    if boxes is None:
        return weights
    anchors = boxes.shape[-1] // 4
    for name in _CLASS_OUTPUTS:
        array = arrays.get(name)
        if array is not None and array.shape[-1] == anchors * (1 + class_count):
            arrays[name] = _without_first(array, anchors)
    return replace(weights, arrays=arrays)


def _without_first(array: Array, anchors: int) -> Array:
    split = array.reshape(*array.shape[:-1], anchors, -1)
    return split[..., 1:].reshape(*array.shape[:-1], -1)
