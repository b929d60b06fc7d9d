"""`model { ... }`: which of our models it is, and its options."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.configuration.errors import ConfigurationError
from training.configuration.pipeline_config.options import read_rcnn, read_ssd
from training.configuration.pipeline_config.tree import Branch, Outcome

MODEL, SIZE = ("model", "name"), ("model", "input_size")
_BUILT_IN = (
    "matcher",
    "box_coder", "similarity_calculator", "encode_background_as_zeros",
    "normalize_loss_by_num_matches", "normalize_loc_loss_by_codesize", "inplace_batchnorm_update",
    "add_background_class", "implicit_example_weight",
)  # fmt: skip
# Activations, initial values and layers.
_OF_THE_NETWORK = (
    "feature_extractor", "box_predictor", "anchor_generator", "first_stage_anchor_generator",
    "first_stage_box_predictor_conv_hyperparams", "first_stage_box_predictor_kernel_size",
    "first_stage_box_predictor_depth", "first_stage_atrous_rate", "initial_crop_size",
    "maxpool_kernel_size", "maxpool_stride", "second_stage_box_predictor", "post_processing",
    "second_stage_post_processing",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A feature extractor, and what it is here.

    Args:
        model: of ours.
        but: in what it differs; empty where it is the same network.
    """

    model: str
    but: str = ""


_NO_FPN = "on a feature pyramid, where the API's looks at one level"
_MOBILE_FPN = Row("ssd_mobilenet_v2_fpnlite")
# feature_extractor.type without `_keras`; `mask` and `depthwise` are decided beside it.
EXTRACTORS: Mapping[str, Row] = {
    "ssd_inception_v2": Row("ssd_inception_v2"),
    "ssd_mobilenet_v1": Row("ssd_mobilenet_v1"),
    "embedded_ssd_mobilenet_v1": Row("ssd_mobilenet_v1", "all of its layers, for images of 256 px"),
    "ssd_mobilenet_v1_fpn": Row("ssd_mobilenet_v2_fpnlite", "MobileNetV2 in the place of V1"),
    "ssd_mobilenet_v1_ppn": Row("ssd_mobilenet_v1", "heads of their own for each level"),
    "ssd_mobilenet_v2": Row("ssd_mobilenet_v2"),
    "ssd_mobilenet_v2_fpn": _MOBILE_FPN,
    "ssd_mobilenet_v2_mnasfpn": Row("ssd_mobilenet_v2_fpnlite", "a plain pyramid"),
    "ssd_mobilenet_v3_small": Row("ssdlite_mobilenet_v3_small"),
    "ssd_mobilenet_v3_large": Row("ssdlite_mobilenet_v3_large"),
    "ssd_resnet50_v1_fpn": Row("retinanet_resnet50_fpn"),
    "faster_rcnn_resnet50": Row("faster_rcnn_resnet50_fpn", _NO_FPN),
    "faster_rcnn_resnet50_fpn": Row("faster_rcnn_resnet50_fpn"),
}
_LITE = {"ssd_mobilenet_v2": "ssdlite_mobilenet_v2"}
# The nearest that there is, for an error to name.
_NEAREST = {
    "ssd_": "ssd_mobilenet_v2_fpnlite", "faster_rcnn": "faster_rcnn_resnet50_fpn",
    "mask_rcnn": "mask_rcnn_resnet50_fpn", "center_net": "dfine_nano",
    "rfcn": "faster_rcnn_resnet50_fpn",
}  # fmt: skip


def read_model(model: Branch, chosen: str | None) -> None:
    """Set the model, its input size and its options.

    Args:
        model: `model`.
        chosen: a model of ours to take whatever the pipeline says; None for the one that it is.

    Raises:
        ConfigurationError: there is no such model here; names the nearest.
    """
    kinds = model.children()
    if len(kinds) != 1:
        names = ", ".join(each.field.name for each in kinds) or "nothing"
        raise ConfigurationError(f"{model.where}: model has one architecture, not {names}")
    [architecture] = kinds
    kind = architecture.field.name
    if kind not in ("ssd", "faster_rcnn") and chosen is None:
        raise ConfigurationError(_refusal(architecture, kind, kind))
    extractor = architecture.find("feature_extractor", "type")
    with_masks = _has_masks(architecture)
    _set_model(architecture, extractor, chosen, with_masks=with_masks)
    _read_resizer(architecture)
    if kind == "ssd":
        read_ssd(architecture)
    elif kind == "faster_rcnn":
        read_rcnn(architecture, with_masks=with_masks)
    for name in _BUILT_IN:
        for each in architecture.all(name):
            each.note(Outcome.MAPS, "so it is here, always")
    for name in _OF_THE_NETWORK:
        for each in architecture.all(name):
            each.note(Outcome.LEFT_OUT, "the network has its own here, as its paper says")


def _has_masks(architecture: Branch) -> bool:
    """Whether a third stage finds outlines."""
    flag = architecture.find(
        "second_stage_box_predictor", "mask_rcnn_box_predictor", "predict_instance_masks"
    )
    return flag is not None and flag.field.value is True


def _set_model(
    architecture: Branch, extractor: Branch | None, chosen: str | None, *, with_masks: bool
) -> None:
    if extractor is None:
        if chosen is None:
            raise ConfigurationError(f"{architecture.where}: no feature_extractor with a type")
        architecture.differs(MODEL, chosen, "as --model says")
        return
    if chosen is not None:
        extractor.differs(MODEL, chosen, "as --model says")
        return
    name = extractor.text()
    row = EXTRACTORS.get(name.removesuffix("_keras"))
    if row is None:
        family = "mask_rcnn" if with_masks else name
        raise ConfigurationError(_refusal(extractor, name, family))
    model = row.model
    if model in _LITE and _is_depthwise_predictor(architecture):
        model = _LITE[model]
    if with_masks:
        model = model.replace("faster_rcnn", "mask_rcnn")
    if row.but:
        extractor.differs(MODEL, model, row.but)
    else:
        extractor.maps(MODEL, model)


def _is_depthwise_predictor(architecture: Branch) -> bool:
    flag = architecture.find("box_predictor", "convolutional_box_predictor", "use_depthwise")
    return flag is not None and flag.field.value is True


def _refusal(branch: Branch, name: str, family: str) -> str:
    nearest = next(
        (model for start, model in _NEAREST.items() if family.startswith(start)), "dfine_nano"
    )
    return (
        f"{branch.where}: there is no {name} here; the nearest is {nearest}: "
        f"boxwright config import {branch.file} --model {nearest}"
    )


def _read_resizer(architecture: Branch) -> None:
    fixed = architecture.find("image_resizer", "fixed_shape_resizer")
    if fixed is not None:
        fixed.maps(SIZE, [int(fixed.number_of("height", 300)), int(fixed.number_of("width", 300))])
        return
    keeping = architecture.find("image_resizer", "keep_aspect_ratio_resizer")
    if keeping is not None:
        least, most = (
            _multiple_of_32(keeping.number_of(name, default))
            for name, default in (("min_dimension", 600), ("max_dimension", 1024))
        )
        keeping.differs(
            SIZE, [least, most], "images are scaled to one size, whatever their aspect ratio"
        )


def _multiple_of_32(side: float) -> int:
    return max(32, round(side / 32) * 32)
