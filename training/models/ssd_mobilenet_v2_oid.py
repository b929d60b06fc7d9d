"""SSD on MobileNetV2 as the Object Detection API's `ssd_mobilenet_v2_oid_v4` and MediaPipe have it.

Its extra layers are plain convolutions, and its heads 1x1 ones: 1,917 boxes at 300x300.
"""

from collections.abc import Mapping
from typing import Any

from training.models.ssd.assembly import build_ssd
from training.models.ssd.backbones import mobilenet_v2
from training.models.ssd.detector import SsdDetector


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_ssd(
        mobilenet_v2,
        name="ssd_mobilenet_v2_oid",
        depthwise=False,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
