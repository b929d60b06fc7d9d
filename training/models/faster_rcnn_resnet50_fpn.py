"""Faster R-CNN on ResNet-50 and a feature pyramid (Ren et al. 2015)."""

from collections.abc import Mapping
from typing import Any

from training.models.rcnn.assembly import build_rcnn
from training.models.rcnn.detector import RcnnDetector
from training.models.rcnn.encoders import RESNET_50_FPN


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> RcnnDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_rcnn(
        RESNET_50_FPN,
        name="faster_rcnn_resnet50_fpn",
        with_masks=False,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
