"""Faster R-CNN on MobileNetV3-Small and a feature pyramid (Ren et al. 2015)."""

from collections.abc import Mapping
from typing import Any

from training.models.rcnn.assembly import build_rcnn
from training.models.rcnn.detector import RcnnDetector
from training.models.rcnn.encoders import MOBILENET_V3_SMALL_FPN


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> RcnnDetector:
    """Build it with random weights; see `training.models.registry.build_model`."""
    return build_rcnn(
        MOBILENET_V3_SMALL_FPN,
        name="faster_rcnn_mobilenet_v3_small_fpn",
        with_masks=False,
        class_count=class_count,
        input_size_hw=input_size_hw,
        options=options,
    )
