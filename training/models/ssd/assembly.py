"""The two ways in which the light models are put together."""

from collections.abc import Mapping
from typing import Any

import keras

from training.models.detector import ModelError
from training.models.ssd.anchors import default_boxes, default_boxes_per_place, pyramid_anchors
from training.models.ssd.backbones import BACKBONES, normalized
from training.models.ssd.detector import SsdDetector
from training.models.ssd.extra_layers import extra_layers
from training.models.ssd.fpn_lite import CHANNELS, LEVELS, feature_pyramid
from training.models.ssd.heads import lite_heads, plain_heads, shared_heads
from training.models.ssd.options import SsdOptions

Size = tuple[int, int]
# The backbones halve an image's sides five times.
SMALLEST_SIDE = 32
PYRAMID_ANCHORS_PER_PLACE = 6


def build_ssd(
    *,
    name: str,
    backbone: str,
    depthwise: bool,
    head_kernel: int | None = None,
    class_count: int,
    input_size_hw: Size,
    options: Mapping[str, Any],
) -> SsdDetector:
    """SSD, or SSDLite with `depthwise`: six feature maps with default boxes and heads of their own.

    Args:
        name: the network's.
        backbone: a name in `BACKBONES`, of what the first two maps come from.
        depthwise: separable convolutions in the extra layers, and in the heads.
        head_kernel: the heads are plain convolutions of this many pixels a side, whatever the
            extra layers are.
        class_count: 1 or more, background not counted.
        input_size_hw: height and width of the images, in pixels.
        options: what was chosen of `SsdOptions`.

    Raises:
        ModelError: an option or the size cannot be.
    """
    chosen = SsdOptions.of(SsdOptions(), options)
    _check_size(input_size_hw)
    images = keras.Input((*input_size_hw, 3), name="images")
    features = BACKBONES[backbone](input_size_hw, chosen.width)
    maps = extra_layers(features(normalized(images)), depthwise=depthwise, width=chosen.width)
    sizes = [(each.shape[1], each.shape[2]) for each in maps]
    boxes_per_place = default_boxes_per_place(len(maps))
    if depthwise and head_kernel is None:
        outputs = lite_heads(maps, boxes_per_place, class_count)
    else:
        outputs = plain_heads(maps, boxes_per_place, class_count, head_kernel or 1)
    anchors = default_boxes(sizes, input_size_hw, chosen.smallest_anchor, chosen.largest_anchor)
    network = keras.Model(images, dict(outputs), name=name)
    return SsdDetector(network, features, anchors, class_count, chosen)


def build_fpn_lite(
    *,
    name: str,
    backbone: str,
    class_count: int,
    input_size_hw: Size,
    options: Mapping[str, Any],
) -> SsdDetector:
    """SSD on a feature pyramid, with one head for all of its levels.

    Takes what `build_ssd` does; the backbone is one of a pyramid.

    Raises:
        ModelError: an option or the size cannot be.
    """
    chosen = SsdOptions.of(SsdOptions(), options)
    _check_size(input_size_hw)
    images = keras.Input((*input_size_hw, 3), name="images")
    features = BACKBONES[backbone](input_size_hw, chosen.width)
    levels = feature_pyramid(features(normalized(images)))
    outputs = shared_heads(levels, PYRAMID_ANCHORS_PER_PLACE, class_count, CHANNELS)
    anchors = pyramid_anchors(input_size_hw, LEVELS, chosen.anchor_scale)
    network = keras.Model(images, dict(outputs), name=name)
    return SsdDetector(network, features, anchors, class_count, chosen)


def _check_size(input_size_hw: Size) -> None:
    if min(input_size_hw) < SMALLEST_SIDE:
        height, width = input_size_hw
        raise ModelError(
            f"input_size: sides of {SMALLEST_SIDE} pixels or more were expected, "
            f"but got {height}x{width}"
        )
