"""A light Convolutional Pose Machine: MobileNetV3-Small, three stages of separable convolutions."""

from collections.abc import Mapping
from typing import Any

from training.models.cpm.assembly import build_cpm
from training.models.cpm.detector import CpmDetector
from training.models.cpm.features import LIGHT_STRIDE, mobilenet_v3_small_features
from training.models.cpm.options import CpmOptions
from training.models.cpm.stages import light_stages


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> CpmDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_cpm(
        mobilenet_v3_small_features,
        light_stages,
        name="cpm_mobilenet_v3_small",
        stride=LIGHT_STRIDE,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
        defaults=CpmOptions(stages=3, channels=96, feature_channels=64),
    )
