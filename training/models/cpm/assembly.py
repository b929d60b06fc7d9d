"""How a Convolutional Pose Machine is put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from detection.hands.skeleton import KEYPOINT_NAMES
from training.models.cpm.detector import CpmDetector
from training.models.cpm.features import (
    LIGHT_STRIDE,
    STRIDE,
    mobilenet_v3_small_features,
    vgg19_features,
)
from training.models.cpm.options import CpmOptions
from training.models.cpm.stages import light_stages, plain_stages
from training.models.detector import ModelError

Size = tuple[int, int]
Features = Callable[[keras.KerasTensor, CpmOptions], tuple[keras.KerasTensor, keras.Model]]
Stages = Callable[[keras.KerasTensor, int, int, int], list[keras.KerasTensor]]


@dataclass(frozen=True)
class Variant:
    """What the two networks differ in.

    Args:
        features: makes what the stages see.
        stages: make belief maps of it.
        stride: the sides of images are multiples of it.
        defaults: of the options.
    """

    features: Features
    stages: Stages
    stride: int
    defaults: CpmOptions


VARIANTS = {
    # As OpenPose uses it for hands (Simon et al. 2017).
    "vgg19": Variant(
        vgg19_features,
        plain_stages,
        STRIDE,
        CpmOptions(stages=6, channels=128, feature_channels=128),
    ),
    # Three stages of separable convolutions.
    "mobilenet_v3_small": Variant(
        mobilenet_v3_small_features,
        light_stages,
        LIGHT_STRIDE,
        CpmOptions(stages=3, channels=96, feature_channels=64),
    ),
}


def build_cpm(
    *,
    name: str,
    variant: str,
    class_count: int,
    input_size_hw: Size,
    options: Mapping[str, Any],
) -> CpmDetector:
    """A network with random weights.

    Args:
        name: the network's.
        variant: a name in `VARIANTS`.
        class_count: 1, the hand.
        input_size_hw: of the images.
        options: what was chosen of `CpmOptions`.

    Raises:
        ModelError: an option, the size or the number of classes cannot be.
    """
    one = VARIANTS[variant]
    chosen = CpmOptions.of(one.defaults, options)
    if class_count != 1:
        raise ModelError(
            f"a keypoint model has one class, the hand, but the data has {class_count}"
        )
    height, width = input_size_hw
    if height % one.stride or width % one.stride or min(input_size_hw) < one.stride:
        raise ModelError(
            f"input_size: multiples of {one.stride} pixels were expected, but got {height}x{width}"
        )
    images = keras.Input((*input_size_hw, 3), name="images")
    seen, backbone = one.features(images, chosen)
    maps = one.stages(seen, chosen.stages, len(KEYPOINT_NAMES) + 1, chosen.channels)
    return CpmDetector(keras.Model(images, {"stages": maps}, name=name), backbone, chosen)
