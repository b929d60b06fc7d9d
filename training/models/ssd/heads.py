"""Heads: for each anchor at each place of the feature maps, how it moves and what it holds."""

import math
from collections.abc import Sequence

import keras
from keras import layers

from training.models.ssd.layers import batch_norm, concatenate_levels, depthwise_bn_relu6, relu6

Maps = Sequence[keras.KerasTensor]
Column = list[keras.KerasTensor]
# Lin et al. 2017, section 4.1: before training, every anchor is background with this certainty.
PRIOR = 0.01
PRIOR_LOGIT = -math.log((1 - PRIOR) / PRIOR)
TOWER_DEPTH = 4


class Predictions(dict[str, keras.KerasTensor]):
    """`box_encodings` (B, A, 4) and `class_logits` (B, A, C), float32."""


def lite_heads(maps: Maps, anchors_per_place: Sequence[int], class_count: int) -> Predictions:
    """SSDLite's: a depthwise and a 1x1 convolution for each map (Sandler et al. 2018)."""
    boxes: Column = []
    logits: Column = []
    for number, (x, anchors) in enumerate(zip(maps, anchors_per_place, strict=True)):
        for kind, channels, found in (("box", 4, boxes), ("class", class_count, logits)):
            name = f"{kind}_head_{number}"
            y = depthwise_bn_relu6(x, f"{name}_depthwise")
            y = _predictor(layers.Conv2D, anchors * channels, 1, name, kind)(y)
            found.append(layers.Reshape((-1, channels), name=f"{name}_anchors")(y))
    return _joined(boxes, logits)


def plain_heads(
    maps: Maps, anchors_per_place: Sequence[int], class_count: int, kernel: int = 1
) -> Predictions:
    """SSD's: a convolution for each map, 1x1 on MobileNetV1 and 3x3 on MobileNetV2."""
    boxes: Column = []
    logits: Column = []
    for number, (x, anchors) in enumerate(zip(maps, anchors_per_place, strict=True)):
        for kind, channels, found in (("box", 4, boxes), ("class", class_count, logits)):
            name = f"{kind}_head_{number}"
            y = _predictor(layers.Conv2D, anchors * channels, kernel, name, kind)(x)
            found.append(layers.Reshape((-1, channels), name=f"{name}_anchors")(y))
    return _joined(boxes, logits)


def shared_heads(
    levels: Maps, anchors_per_place: int, class_count: int, channels: int
) -> Predictions:
    """FPN-Lite's: one tower and one predictor of each kind for all levels, batch norms apart.

    Layers are named as the Object Detection API's are, so that its weights are found by name.
    """
    convolutions = [
        layers.SeparableConv2D(channels, 3, padding="same", use_bias=False, name=f"tower_{number}")
        for number in range(TOWER_DEPTH)
    ]
    separable = layers.SeparableConv2D
    box_predictor = _predictor(separable, anchors_per_place * 4, 3, "box_predictor", "box")
    class_predictor = _predictor(
        separable, anchors_per_place * class_count, 3, "class_predictor", "class"
    )
    boxes: Column = []
    logits: Column = []
    for level, x in enumerate(levels):
        for number, convolution in enumerate(convolutions):
            name = f"tower_{number}_level_{level}"
            x = relu6(batch_norm(f"{name}_BN")(convolution(x)), f"{name}_relu")
        boxes.append(layers.Reshape((-1, 4), name=f"boxes_level_{level}")(box_predictor(x)))
        reshape = layers.Reshape((-1, class_count), name=f"classes_level_{level}")
        logits.append(reshape(class_predictor(x)))
    return _joined(boxes, logits)


def _predictor(
    layer: type[keras.Layer], filters: int, kernel: int, name: str, kind: str
) -> keras.Layer:
    bias = keras.initializers.Constant(PRIOR_LOGIT if kind == "class" else 0.0)
    return layer(filters, kernel, padding="same", bias_initializer=bias, name=name)


def _joined(boxes: Column, logits: Column) -> Predictions:
    """Anchors of all maps after one another."""
    return Predictions({
        name: concatenate_levels(parts, name)
        for name, parts in (("box_encodings", boxes), ("class_logits", logits))
    })  # fmt: skip
