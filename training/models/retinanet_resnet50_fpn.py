"""RetinaNet on ResNet-50 and a feature pyramid; `retinanet_resnet50_fpn_coco` is its preset."""

from collections.abc import Mapping
from typing import Any

from training.models.retinanet.detector import RetinaNetDetector, build_detector
from training.models.retinanet.network import RESNET_50


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> RetinaNetDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_detector(RESNET_50, class_count, input_size_hw, options)
