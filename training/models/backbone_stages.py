"""The stages of a backbone: which of its layers make maps of which size.

Stage n has strides of 2^n pixels, counted as Detectron2's `FREEZE_AT` counts those of a ResNet: 1
and 2 are the stem and its first group of blocks, 5 the last group, of stride 32. By the maps,
though: the convolution with which a group begins counts with the finer map where it still makes
that.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras

COARSEST = 5
# Of images whose size is left open.
_SIDE = 256


def stages_of(backbone: keras.Model) -> list[tuple[keras.Layer, int]]:
    """Each layer of a backbone with its stage, from 0 (as large as the image).

    What works on one number for a whole map (squeeze and excitation) is of the stage that it is
    for.
    """
    heights = dict(_heights(backbone))
    whole = heights[id(_listed(backbone.input)[0])]
    found: dict[int, int] = {}
    layers: list[tuple[keras.Layer, int]] = []
    for layer in backbone.operations:
        before = [found.get(id(each), 0) for each in _listed(layer.input)]
        inner = getattr(layer, "stages_list", None)
        outputs = _listed(layer.output)
        for output in outputs:
            height = heights[id(output)]
            own = round(math.log2(whole / height)) if height > 1 else 0
            found[id(output)] = max([own, *before])
        if inner is not None and len(outputs) == len(inner) + 1:
            # KerasHub's HGNetV2 keeps its stages within one layer; the first map is its input.
            layers += [
                (each, found[id(output)]) for each, output in zip(inner, outputs[1:], strict=True)
            ]
        elif isinstance(layer, keras.Layer):
            layers.append((layer, max(found[id(output)] for output in outputs)))
    return layers


def _heights(backbone: keras.Model) -> Iterator[tuple[int, int]]:
    """Of every tensor in it, by its id: how many rows it has."""
    tensors = [each for layer in backbone.operations for each in _listed(layer.output)]
    shapes: Sequence[Any] = tensors
    [images] = _listed(backbone.input)
    if images.shape[1] is None:
        image = keras.KerasTensor((1, _SIDE, _SIDE, 3), images.dtype)
        shapes = keras.Model(images, tensors).compute_output_spec(image)
    for tensor, shape in zip(tensors, shapes, strict=True):
        yield id(tensor), shape.shape[1]


def _listed(tensors: Any) -> list[Any]:
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]
