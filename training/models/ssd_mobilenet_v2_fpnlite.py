"""SSD on MobileNetV2 with a light feature pyramid, as the Object Detection API has it."""

from collections.abc import Mapping
from typing import Any

from training.models.ssd.assembly import build_fpn_lite
from training.models.ssd.backbones import mobilenet_v2_pyramid
from training.models.ssd.detector import SsdDetector


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_fpn_lite(
        mobilenet_v2_pyramid,
        name="ssd_mobilenet_v2_fpnlite",
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
