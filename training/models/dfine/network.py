"""KerasHub's D-FINE with pictures in 0..255 at one end."""

from dataclasses import dataclass

import keras
import keras_hub
import numpy as np
from keras import layers

from training.models.detector import ModelError
from training.models.dfine.query_selection import gather_in_one_step
from training.models.dfine.sizes import Size
from training.models.pixel_scale import PixelScale
from training.models.ssd.heads import PRIOR_LOGIT

# The encoder halves the maps down to stride 32 and doubles them back.
_STRIDE = 32


@dataclass(frozen=True)
class Dfine:
    """A network that gives `OUTPUTS`.

    Args:
        network: takes images (B, H, W, 3) in 0..255.
        inner: KerasHub's model inside it.
        class_count: background not counted.
        input_size_hw: height and width of the pictures.
    """

    network: keras.Model
    inner: keras_hub.models.DFineObjectDetector
    class_count: int
    input_size_hw: tuple[int, int]


def build_dfine(
    size: Size, class_count: int, input_size_hw: tuple[int, int], queries: int
) -> Dfine:
    """Build it with random weights.

    Args:
        size: which of the five.
        class_count: background not counted.
        input_size_hw: height and width of the pictures.
        queries: as many boxes are refined, or as many as there are places.

    Raises:
        ModelError: the size is no multiple of 32.
    """
    height, width = input_size_hw
    if height % _STRIDE or width % _STRIDE:
        raise ModelError(f"D-FINE takes sizes that are multiples of 32, not {height} x {width}")
    places = sum((height // stride) * (width // stride) for stride in size.strides)
    inner = keras_hub.models.DFineObjectDetector(
        backbone=size.build(class_count, input_size_hw, min(queries, places)),
        num_classes=class_count,
        bounding_box_format="yxyx",
        name="dfine",
    )
    _start_class_heads(inner)
    return dfine_around(inner, PixelScale(1 / 255))


def dfine_around(inner: keras_hub.models.DFineObjectDetector, pixel_scale: PixelScale) -> Dfine:
    """KerasHub's model, with its weights, behind pictures in 0..255.

    Args:
        inner: the model; it takes pictures of one size, the one that its anchors are made for.
        pixel_scale: of the pixels that it takes.
    """
    height, width = inner.backbone.anchor_image_size
    gather_in_one_step(inner)
    images = keras.Input((height, width, 3), name="images")
    outputs = inner(pixel_scale.of(images))
    kept = {
        name: layers.Activation("linear", dtype="float32", name=name)(outputs[name])
        for name in OUTPUTS
    }
    network = keras.Model(images, kept, name="dfine_detector")
    return Dfine(network, inner, inner.num_classes, (height, width))


def _start_class_heads(inner: keras_hub.models.DFineObjectDetector) -> None:
    """Have every query be background at first with the certainty that the authors start with.

    KerasHub 0.32 starts with one share for each class and one for background: with the 80 classes
    of COCO about that certainty, but with one or two a third of all queries and more is an object,
    and the first loss is tens of times as large.
    """
    backbone = inner.backbone
    for head in (backbone.enc_score_head, *backbone.decoder.class_embed):
        head.bias.assign(np.full(head.bias.shape, PRIOR_LOGIT))


# (B, L + 1, Q, C), (B, L + 1, Q, 4), (B, L + 1, Q, 4 x 33), (B, L + 1, Q, 4) of L layers, the last
# the best. Before them is the first layer's own guess of classes and boxes, from which all layers
# measure distances; at its place the other two hold the first layer's a second time.
# And (B, Q, C), (B, Q, 4) of the encoder. Boxes are [x, y, width, height] in 0..1 by centre.
OUTPUTS = (
    "intermediate_logits",
    "intermediate_reference_points",
    "intermediate_predicted_corners",
    "initial_reference_points",
    "enc_topk_logits",
    "enc_topk_bboxes",
)
