"""The table of models, and the way to build one by its name."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from training.models.detector import Detector, ModelError


@dataclass(frozen=True)
class ModelEntry:
    """A row: where a model is built, and what is true of it before it is.

    Args:
        builder: `module:function`, imported when it is asked for. The function takes
            `class_count`, `input_size_hw` and the model's own options as keywords.
        title: what it is, in a line.
        input_size_hw: height and width it is made for, in pixels.
        kind: what it finds: `boxes`, `masks` (boxes with outlines) or `keypoints`.
    """

    builder: str
    title: str
    input_size_hw: tuple[int, int]
    kind: str = "boxes"


MODELS: dict[str, ModelEntry] = {
    "ssdlite_mobilenet_v3_small": ModelEntry(
        "training.models.ssdlite_mobilenet_v3_small:build", "the lightest", (320, 320)
    ),
    "ssdlite_mobilenet_v3_large": ModelEntry(
        "training.models.ssdlite_mobilenet_v3_large:build", "light, more exact", (320, 320)
    ),
    "ssdlite_mobilenet_v2": ModelEntry(
        "training.models.ssdlite_mobilenet_v2:build", "light, plain convolutions", (300, 300)
    ),
    "ssd_mobilenet_v2": ModelEntry(
        "training.models.ssd_mobilenet_v2:build",
        "heavier heads; takes all of the zoo's COCO weights",
        (300, 300),
    ),
    "ssd_mobilenet_v2_oid": ModelEntry(
        "training.models.ssd_mobilenet_v2_oid:build",
        "1x1 heads; takes all of MediaPipe Objectron's SSD",
        (300, 300),
    ),
    "ssd_mobilenet_v1": ModelEntry(
        "training.models.ssd_mobilenet_v1:build", "the oldest of the light ones", (300, 300)
    ),
    "ssd_mobilenet_v2_fpnlite": ModelEntry(
        "training.models.ssd_mobilenet_v2_fpnlite:build",
        "a feature pyramid: small objects too",
        (320, 320),
    ),
    "retinanet_resnet50_fpn": ModelEntry(
        "training.models.retinanet_resnet50_fpn:build", "the classic, for a GPU", (800, 800)
    ),
    "faster_rcnn_mobilenet_v3_small_fpn": ModelEntry(
        "training.models.faster_rcnn_mobilenet_v3_small_fpn:build", "two stages, light", (224, 224)
    ),
    "faster_rcnn_resnet50_fpn": ModelEntry(
        "training.models.faster_rcnn_resnet50_fpn:build", "two stages, for a GPU", (800, 800)
    ),
    "mask_rcnn_mobilenet_v3_small_fpn": ModelEntry(
        "training.models.mask_rcnn_mobilenet_v3_small_fpn:build",
        "outlines too, light",
        (224, 224),
        kind="masks",
    ),
    "mask_rcnn_resnet50_fpn": ModelEntry(
        "training.models.mask_rcnn_resnet50_fpn:build",
        "outlines too, for a GPU",
        (800, 800),
        kind="masks",
    ),
    "dfine_nano": ModelEntry(
        "training.models.dfine_nano:build", "no suppression; the smallest", (640, 640)
    ),
    "dfine_small": ModelEntry(
        "training.models.dfine_small:build", "no suppression; small", (640, 640)
    ),
    "dfine_medium": ModelEntry(
        "training.models.dfine_medium:build", "no suppression; medium", (640, 640)
    ),
    "dfine_large": ModelEntry(
        "training.models.dfine_large:build", "no suppression; large", (640, 640)
    ),
    "dfine_xlarge": ModelEntry(
        "training.models.dfine_xlarge:build", "no suppression; the most exact", (640, 640)
    ),
    "cpm_vgg19": ModelEntry(
        "training.models.cpm_vgg19:build", "a hand's points, as OpenPose", (368, 368), "keypoints"
    ),
    "cpm_mobilenet_v3_small": ModelEntry(
        "training.models.cpm_mobilenet_v3_small:build",
        "a hand's points; light",
        (160, 160),
        "keypoints",
    ),
}


def model_entry(name: str) -> ModelEntry:
    """The row of a model.

    Raises:
        ModelError: there is none of that name.
    """
    if name not in MODELS:
        raise ModelError(f"there is no model {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]


def build_model(
    name: str,
    *,
    class_count: int,
    input_size_hw: tuple[int, int] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Detector:
    """A model with random weights.

    Args:
        name: one of `MODELS`.
        class_count: 1 or more, background not counted.
        input_size_hw: height and width of its images; the table's where it is None.
        options: the model's own, by name.

    Raises:
        ModelError: there is no such model, no such option, or a value that it cannot take.
    """
    entry = model_entry(name)
    if class_count < 1:
        raise ModelError(f"a detector tells one class or more apart, not {class_count}")
    module_name, _, function_name = entry.builder.partition(":")
    build: Callable[..., Detector] = getattr(importlib.import_module(module_name), function_name)
    return build(
        class_count=class_count,
        input_size_hw=input_size_hw or entry.input_size_hw,
        options=options or {},
    )
