"""The backbones of the R-CNNs, with the numbers that suit them."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from training.models.detector import ModelError
from training.models.rcnn.options import RcnnOptions
from training.models.ssd.backbones import mobilenet_v3_small_pyramid, normalized


@dataclass(frozen=True)
class Encoder:
    """A backbone, and what an R-CNN on it is made for.

    Args:
        build: takes the size of the images and the channels' share; gives a model from images
            as `normalized` makes them to maps, the finest first, each half as large as the one
            before, the last of stride 32.
        normalized: takes images in 0..255.
        finest: the level of the first map; level l has strides of 2^l pixels.
        defaults: the numbers that suit it.
    """

    build: Callable[[tuple[int, int], float], keras.Model]
    normalized: Callable[[keras.KerasTensor], keras.KerasTensor]
    finest: int
    defaults: RcnnOptions


# ImageNet's mean and standard deviation, which the presets were trained with.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def _resnet_50(_input_size_hw: tuple[int, int], width: float) -> keras.Model:
    """He et al. 2015, KerasHub's, by its own names: maps of strides 4, 8, 16 and 32."""
    # KerasHub takes a second to import and brings what only the large models need.
    from training.models.retinanet.network import RESNET_50

    if width != 1:
        raise ModelError(f"width: a ResNet has one width, 1.0, but got {width}")
    backbone = RESNET_50.build()
    maps = [backbone.pyramid_outputs[f"P{level}"] for level in range(2, 6)]
    return keras.Model(backbone.input, maps, name="backbone")


def _as_imagenet(images: keras.KerasTensor) -> keras.KerasTensor:
    scale = [1 / 255 / deviation for deviation in _DEVIATION]
    offset = [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)]
    return layers.Rescaling(scale, offset, name="normalise")(images)


_RESNET_50 = Encoder(_resnet_50, _as_imagenet, finest=2, defaults=RcnnOptions())

# A tenth of the papers' arithmetic, for images of 192 to 320 pixels: objects are sampled more
# often among the proposals, since there are fewer, and boxes are moved on the level's own places.
_MOBILENET_V3_SMALL = Encoder(
    mobilenet_v3_small_pyramid,
    normalized,
    finest=3,
    defaults=RcnnOptions(
        pyramid_channels=96,
        anchor_scale=4.0,
        rpn_samples=64,
        proposals_before_nms=200,
        training_proposals=200,
        proposals=100,
        roi_samples=48,
        samplings=1,
        # With one point in a bin: as many of the level's places as there are bins.
        box_level_size=112.0,
        box_head_width=256,
        mask_head_width=64,
        mask_head_depth=3,
        candidates=400,
    ),
)
ENCODERS = {"mobilenet_v3_small": _MOBILENET_V3_SMALL, "resnet50": _RESNET_50}
