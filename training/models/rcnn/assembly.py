"""An R-CNN put together from a backbone's maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from training.models.detector import ModelError
from training.models.rcnn.box_head import box_head
from training.models.rcnn.detector import RcnnDetector
from training.models.rcnn.encoders import ENCODERS, Encoder
from training.models.rcnn.feature_pyramid import feature_pyramid
from training.models.rcnn.mask_head import mask_head
from training.models.rcnn.network import ENCODINGS, LOGITS, RcnnNetwork, Trunk
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import LevelAnchors
from training.models.rcnn.region_proposal_network import region_proposal_network
from training.models.ssd.anchors import pyramid_anchors

# Of the coarsest map of every backbone here.
STRIDE = 32


def build_rcnn(
    *,
    name: str,
    encoder: str,
    with_masks: bool,
    class_count: int,
    input_size_hw: tuple[int, int],
    options: Mapping[str, Any],
) -> RcnnDetector:
    """Faster R-CNN, or Mask R-CNN `with_masks`, with random weights.

    Args:
        name: the network's.
        encoder: a name in `ENCODERS`.
        with_masks: a mask for each box.
        class_count: 1 or more, background not counted.
        input_size_hw: height and width of the images, in pixels.
        options: what was chosen of `RcnnOptions`.

    Raises:
        ModelError: an option cannot be, or the size is no multiple of 32.
    """
    chosen_encoder = ENCODERS[encoder]
    chosen = RcnnOptions.of(chosen_encoder.defaults, options, class_count)
    if any(side < STRIDE or side % STRIDE for side in input_size_hw):
        height, width = input_size_hw
        raise ModelError(f"an R-CNN needs sides of a multiple of 32 pixels, not {height}x{width}")
    trunk = _trunk(chosen_encoder, input_size_hw, chosen)
    channels = chosen.pyramid_channels
    masks = None
    if with_masks:
        masks = mask_head(channels, chosen.mask_head_width, chosen.mask_head_depth, class_count)
    boxes = box_head(channels, chosen.box_head_width, class_count)
    network = RcnnNetwork(trunk, boxes, masks, chosen, name)
    return RcnnDetector(network, trunk, class_count, input_size_hw, chosen)


def _trunk(encoder: Encoder, input_size_hw: tuple[int, int], options: RcnnOptions) -> Trunk:
    images = keras.Input((*input_size_hw, 3), name="images")
    backbone = encoder.build(input_size_hw, options.width)
    maps: Sequence[keras.KerasTensor] = backbone(encoder.normalized(images))
    levels = feature_pyramid(maps, encoder.finest, options.pyramid_channels)
    columns, heads = region_proposal_network(levels, options.pyramid_channels)
    outputs = {"levels": levels[:-1], LOGITS: columns.logits, ENCODINGS: columns.encodings}
    model = keras.Model(images, outputs, name="trunk")
    neck = tuple(each for each in model.layers if each.name.startswith("pyramid_"))
    numbers = range(encoder.finest, encoder.finest + len(levels))
    anchors = [
        pyramid_anchors(input_size_hw, [number], options.anchor_scale, scales_per_octave=1)
        for number in numbers
    ]
    return Trunk(
        model,
        encoder.finest,
        LevelAnchors(np.concatenate(anchors), tuple(map(len, anchors))),
        {"backbone": (backbone,), "neck": neck, "heads": heads},
    )
