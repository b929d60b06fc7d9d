"""The Object Detection API's class outputs in a graph, without those for the background."""

import re
from collections.abc import Sequence
from dataclasses import replace

from training.pretrained.graphs.convolutions import Convolution
from training.pretrained.object_detection.background import without_first

# The same map's two heads, each called after the predictor that they are in.
_CLASSES = re.compile(r"(?P<of>.*)/(?:\w*ClassHead\w*/)?ClassPredictor(?P<operation>/.*)")
_BOXES = re.compile(r"(?P<of>.*)/(?:\w*BoxHead\w*/)?Box(?:Encoding)?Predictor(?P<operation>/.*)")


def without_background_outputs(found: Sequence[Convolution]) -> list[Convolution]:
    """The same with each anchor's first class output left out, where they are the API's.

    Args:
        found: a graph's convolutions.
    """
    places = {
        match["of"]: each.channels // 4
        for each in found
        if (match := _BOXES.fullmatch(each.name)) and each.kind == "convolution"
    }
    return [_without(each, places) for each in found]


def _without(each: Convolution, anchors_of: dict[str, int]) -> Convolution:
    match = _CLASSES.fullmatch(each.name)
    anchors = anchors_of.get(match["of"], 0) if match else 0
    if each.kind != "convolution" or not anchors or each.channels % anchors:
        return each
    return replace(
        each,
        kernel=without_first(each.kernel, anchors),
        scale=without_first(each.scale, anchors),
        offset=without_first(each.offset, anchors),
    )
