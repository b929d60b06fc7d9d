"""SSD on MobileNetV2 as the TensorFlow 1 detection zoo has it, `ssd_mobilenet_v2_coco`.

Its extra layers are separable and its heads plain 3x3 convolutions: 1,917 boxes at 300x300.
"""

from collections.abc import Mapping
from typing import Any

from training.models.ssd.assembly import build_ssd
from training.models.ssd.backbones import mobilenet_v2
from training.models.ssd.detector import SsdDetector

HEAD_KERNEL = 3


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_ssd(
        mobilenet_v2,
        name="ssd_mobilenet_v2",
        depthwise=True,
        head_kernel=HEAD_KERNEL,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
