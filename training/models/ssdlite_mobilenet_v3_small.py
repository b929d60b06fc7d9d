"""SSDLite on MobileNetV3-Small (Howard et al. 2019)."""

from collections.abc import Mapping
from typing import Any

from training.models.ssd.assembly import build_ssd
from training.models.ssd.backbones import mobilenet_v3_small
from training.models.ssd.detector import SsdDetector


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_ssd(
        mobilenet_v3_small,
        name="ssdlite_mobilenet_v3_small",
        depthwise=True,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
