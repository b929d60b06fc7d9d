"""The table of models, and the way to build one by its name; a new model is a row."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.models.detector import Detector, ModelError


@dataclass(frozen=True)
class ModelEntry:
    """A row: where a model is built, and what is true of it before it is.

    Args:
        builder: `module:function`, imported when it is asked for. The function takes
            `class_count`, `input_size_hw`, the model's own options as `options`, and `parts`
            as keywords.
        title: what it is, in a line.
        input_size_hw: height and width it is made for, in pixels.
        kind: what it finds: `boxes`, `masks` (boxes with outlines) or `keypoints`.
        parts: what it is made of, by the builder's names.
    """

    builder: str
    title: str
    input_size_hw: tuple[int, int]
    kind: str = "boxes"
    parts: Mapping[str, Any] = field(default_factory=dict)


_Row = tuple[str, ModelEntry]


def _ssd(name: str, side: int, title: str, builder: str = "build_ssd", **parts: Any) -> _Row:
    given = {"name": name, **parts}
    module = "training.models.ssd.assembly"
    return name, ModelEntry(f"{module}:{builder}", title, (side, side), parts=given)


def _rcnn(name: str, side: int, title: str, encoder: str) -> _Row:
    kind = "masks" if name.startswith("mask_") else "boxes"
    parts = {"name": name, "encoder": encoder, "with_masks": kind == "masks"}
    builder = "training.models.rcnn.assembly:build_rcnn"
    return name, ModelEntry(builder, title, (side, side), kind, parts)


def _retinanet(name: str, side: int, title: str, encoder: str) -> _Row:
    builder = "training.models.retinanet.detector:build_published"
    return name, ModelEntry(builder, title, (side, side), parts={"encoder": encoder})


def _dfine(name: str, side: int, title: str, size: str) -> _Row:
    builder = "training.models.dfine.detector:build_published"
    return name, ModelEntry(builder, title, (side, side), parts={"size": size})


def _cpm(name: str, side: int, title: str, variant: str) -> _Row:
    builder = "training.models.cpm.assembly:build_cpm"
    parts = {"name": name, "variant": variant}
    return name, ModelEntry(builder, title, (side, side), "keypoints", parts)


MODELS: dict[str, ModelEntry] = dict([
    # SSDLite: Sandler et al. 2018; MobileNetV3: Howard et al. 2019.
    _ssd("ssdlite_mobilenet_v3_small", 320, "the lightest",
         backbone="mobilenet_v3_small", depthwise=True),
    _ssd("ssdlite_mobilenet_v3_large", 320, "light, more exact",
         backbone="mobilenet_v3_large", depthwise=True),
    _ssd("ssdlite_mobilenet_v2", 300, "light, plain convolutions",
         backbone="mobilenet_v2", depthwise=True),
    # As the TensorFlow 1 detection zoo's `ssd_mobilenet_v2_coco`: 1,917 boxes at 300x300.
    _ssd("ssd_mobilenet_v2", 300, "heavier heads; takes all of the zoo's COCO weights",
         backbone="mobilenet_v2", depthwise=True, head_kernel=3),
    # As the Object Detection API's `ssd_mobilenet_v2_oid_v4` and MediaPipe have it.
    _ssd("ssd_mobilenet_v2_oid", 300, "1x1 heads; takes all of MediaPipe Objectron's SSD",
         backbone="mobilenet_v2", depthwise=False),
    _ssd("ssd_mobilenet_v1", 300, "the oldest of the light ones",
         backbone="mobilenet_v1", depthwise=False),
    # As the same zoo's `ssd_inception_v2_coco`: Ioffe and Szegedy 2015.
    _ssd("ssd_inception_v2", 300, "the TensorFlow 1 zoo's; takes its weights",
         backbone="inception_v2", depthwise=False, head_kernel=3),
    # As the Object Detection API has it.
    _ssd("ssd_mobilenet_v2_fpnlite", 320, "a feature pyramid: small objects too",
         builder="build_fpn_lite", backbone="mobilenet_v2_pyramid"),
    _retinanet("retinanet_resnet50_fpn", 800, "the classic, for a GPU", "resnet50"),
    # Faster R-CNN: Ren et al. 2015; Mask R-CNN: He et al. 2017.
    _rcnn("faster_rcnn_mobilenet_v3_small_fpn", 224, "two stages, light", "mobilenet_v3_small"),
    _rcnn("faster_rcnn_resnet50_fpn", 800, "two stages, for a GPU", "resnet50"),
    _rcnn("mask_rcnn_mobilenet_v3_small_fpn", 224, "outlines too, light", "mobilenet_v3_small"),
    _rcnn("mask_rcnn_resnet50_fpn", 800, "outlines too, for a GPU", "resnet50"),
    _dfine("dfine_nano", 640, "no suppression; the smallest", "nano"),
    _dfine("dfine_small", 640, "no suppression; small", "small"),
    _dfine("dfine_medium", 640, "no suppression; medium", "medium"),
    _dfine("dfine_large", 640, "no suppression; large", "large"),
    _dfine("dfine_xlarge", 640, "no suppression; the most exact", "xlarge"),
    _cpm("cpm_vgg19", 368, "a hand's points, as OpenPose", "vgg19"),
    _cpm("cpm_mobilenet_v3_small", 160, "a hand's points; light", "mobilenet_v3_small"),
])  # fmt: skip


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
        raise ModelError(f"a detector needs at least one class, but got {class_count}")
    module_name, _, function_name = entry.builder.partition(":")
    build: Callable[..., Detector] = getattr(importlib.import_module(module_name), function_name)
    return build(
        **entry.parts,
        class_count=class_count,
        input_size_hw=input_size_hw or entry.input_size_hw,
        options=options or {},
    )
