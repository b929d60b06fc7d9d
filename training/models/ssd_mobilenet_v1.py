"""SSD on MobileNetV1 (Howard et al. 2017)."""

from collections.abc import Mapping
from typing import Any

from training.models.ssd.assembly import build_ssd
from training.models.ssd.backbones import mobilenet_v1
from training.models.ssd.detector import SsdDetector


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_ssd(
        mobilenet_v1,
        name="ssd_mobilenet_v1",
        depthwise=False,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
