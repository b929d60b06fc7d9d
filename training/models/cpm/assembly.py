"""How a Convolutional Pose Machine is put together."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from detection.hands.skeleton import KEYPOINT_NAMES
from training.models.cpm.detector import CpmDetector
from training.models.cpm.options import CpmOptions
from training.models.detector import ModelError

Size = tuple[int, int]
Features = Callable[[keras.KerasTensor, CpmOptions], tuple[keras.KerasTensor, keras.Model]]
Stages = Callable[[keras.KerasTensor, int, int, int], list[keras.KerasTensor]]


def build_cpm(
    features: Features,
    stages: Stages,
    *,
    name: str,
    stride: int,
    class_count: int,
    input_size_hw: Size,
    options: Mapping[str, Any],
    defaults: CpmOptions,
) -> CpmDetector:
    """A network with random weights.

    Args:
        features: makes what the stages see.
        stages: make belief maps of it.
        name: the network's.
        stride: the sides of images are multiples of it.
        class_count: 1, the hand.
        input_size_hw: of the images.
        options: chosen.
        defaults: of this network.

    Raises:
        ModelError: an option, the size or the number of classes cannot be.
    """
    chosen = CpmOptions.of(defaults, options)
    if class_count != 1:
        raise ModelError(
            f"a model of keypoints has one class, the hand, but {class_count} were asked for"
        )
    height, width = input_size_hw
    if height % stride or width % stride or min(input_size_hw) < stride:
        raise ModelError(
            f"input_size: multiples of {stride} pixels were expected, but got {height}x{width}"
        )
    images = keras.Input((*input_size_hw, 3), name="images")
    seen, backbone = features(images, chosen)
    maps = stages(seen, chosen.stages, len(KEYPOINT_NAMES) + 1, chosen.channels)
    return CpmDetector(keras.Model(images, {"stages": maps}, name=name), backbone, chosen)
