"""The Object Detection API's class outputs in a graph, without those for the background."""

import re
from collections.abc import Sequence
from dataclasses import replace

from training.pretrained.graphs.convolutions import Convolution
from training.pretrained.object_detection.background import without_first

_BOXES, _CLASSES = ("BoxPredictor", "BoxEncodingPredictor"), ("ClassPredictor",)
# `WeightSharedConvolutionalBoxHead` and `...ClassHead`, `ConvolutionalBoxHead_3` and so on.
_HEAD = re.compile(r"(?:Box|Class)Head")


def without_background_outputs(found: Sequence[Convolution]) -> list[Convolution]:
    """The same with each anchor's first class output left out, where they are the API's.

    Args:
        found: a graph's convolutions.
    """
    anchors_of = {
        head: each.channels // 4
        for each in found
        if each.kind == "convolution" and (head := _head_of(each.name, _BOXES)) is not None
    }
    return [_without(each, anchors_of) for each in found]


def _head_of(name: str, predictors: Sequence[str]) -> str | None:
    """What a predictor and the other one of the same map are both in; None of no predictor."""
    parts = name.split("/")
    for place in range(len(parts) - 2, -1, -1):
        if parts[place] in predictors:
            return _HEAD.sub("Head", "/".join(parts[:place]))
    return None


def _without(each: Convolution, anchors_of: dict[str, int]) -> Convolution:
    head = _head_of(each.name, _CLASSES) if each.kind == "convolution" else None
    anchors = anchors_of.get(head, 0) if head is not None else 0
    if not anchors or each.channels % anchors:
        return each
    return replace(
        each,
        kernel=without_first(each.kernel, anchors),
        scale=without_first(each.scale, anchors),
        offset=without_first(each.offset, anchors),
    )
