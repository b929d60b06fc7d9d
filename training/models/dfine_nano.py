"""D-FINE, nano; `dfine_nano_coco` is its preset."""

from collections.abc import Mapping
from typing import Any

from training.models.dfine.detector import DfineDetector, build_detector
from training.models.dfine.sizes import NANO


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> DfineDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_detector(NANO, class_count, input_size_hw, options)
