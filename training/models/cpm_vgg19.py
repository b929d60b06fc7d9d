"""The Convolutional Pose Machine on VGG-19 that OpenPose uses for hands (Simon et al. 2017)."""

from collections.abc import Mapping
from typing import Any

from training.models.cpm.assembly import build_cpm
from training.models.cpm.detector import CpmDetector
from training.models.cpm.features import STRIDE, vgg19_features
from training.models.cpm.options import CpmOptions
from training.models.cpm.stages import plain_stages


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> CpmDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_cpm(
        vgg19_features,
        plain_stages,
        name="cpm_vgg19",
        stride=STRIDE,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
        defaults=CpmOptions(stages=6, channels=128, feature_channels=128),
    )
