"""Load KerasHub's object detectors from `.keras` files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_hub

from export.importing.errors import NoDetector, NotImportable
from training.models.detector import Detector, ModelError
from training.models.dfine.detector import DfineDetector
from training.models.dfine.network import dfine_around
from training.models.dfine.options import DfineOptions
from training.models.pixel_scale import PixelScale
from training.models.retinanet.detector import DEFAULTS, RetinaNetDetector
from training.models.retinanet.network import retinanet_around
from training.models.ssd.options import SsdOptions

SizeHw = tuple[int, int]
KINDS = "RetinaNetObjectDetector or DFineObjectDetector"


@dataclass(frozen=True)
class KerasDetector:
    """The detector of a file.

    Args:
        detector: with the file's weights.
        name: of the architecture.
        notes: differences from KerasHub's own `predict`.
    """

    detector: Detector
    name: str
    notes: tuple[str, ...]


def read_keras_detector(file: Path, size_hw: SizeHw | None = None) -> KerasDetector:
    """Load a detector that KerasHub saved, with its preprocessing.

    Args:
        file: `.keras`; code inside it is not run.
        size_hw: input size; None for the file's.

    Raises:
        NotImportable: it cannot be read, was built for training only, or its input size is unknown
            or does not fit.
        NoDetector: it holds another model.
    """
    try:
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
    # Whatever a wrong or damaged archive makes Keras and its layers raise.
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise NotImportable(f"{file} cannot be read as a Keras model: {reason}") from error
    try:
        if isinstance(model, keras_hub.models.RetinaNetObjectDetector):
            return _retinanet(model, file, size_hw)
        if isinstance(model, keras_hub.models.DFineObjectDetector):
            return _dfine(model, file, size_hw)
    except ModelError as error:
        raise NotImportable(f"{file}: {error}") from error
    raise NoDetector(f"{file} holds a {type(model).__name__}, not KerasHub's {KINDS}")


def _retinanet(model: Any, file: Path, size_hw: SizeHw | None) -> KerasDetector:
    size = size_hw or _converters_size(model) or _fixed(model.backbone.image_shape)
    if size is None:
        raise NotImportable(f"{file} does not tell its input size: give --size HEIGHT WIDTH")
    decoder = model.prediction_decoder
    options = SsdOptions.of(
        DEFAULTS, _known(decoder, nms_iou="iou_threshold", detections="max_detections")
    )
    built = retinanet_around(model, size, _pixel_scale(model))
    suppressed = (
        "Boxes are suppressed class by class, and detections are kept down to a score of "
        f"{options.score_threshold}; KerasHub's own predict suppresses across classes and stops at "
        f"{getattr(decoder, 'confidence_threshold', 0.5)}."
    )
    detector = RetinaNetDetector(built, model.num_classes, options)
    return KerasDetector(detector, "KerasHub RetinaNet", (suppressed, *_resizing_notes(model)))


def _dfine(model: Any, file: Path, size_hw: SizeHw | None) -> KerasDetector:
    if "dn_num_group" in model.output:
        raise NotImportable(
            f"{file} was built for training, with objects to denoise: build the model without "
            "labels, load the weights into it, and save that"
        )
    height, width = (int(side) for side in model.backbone.anchor_image_size)
    if size_hw is not None and size_hw != (height, width):
        raise NotImportable(
            f"--size {size_hw[0]} {size_hw[1]} does not fit {file}: its anchors are for images of "
            f"{height} x {width}"
        )
    options = DfineOptions.of({}, model.num_classes)
    decoder = model.prediction_decoder
    kept = (
        "Nothing is suppressed, as in the paper, and detections are kept down to a score of "
        f"{options.score_threshold}; KerasHub's own predict suppresses what overlaps by "
        f"{getattr(decoder, 'iou_threshold', 0.5)} and stops at "
        f"{getattr(decoder, 'confidence_threshold', 0.5)}."
    )
    detector = DfineDetector(dfine_around(model, _pixel_scale(model)), options)
    return KerasDetector(detector, "KerasHub D-FINE", (kept, *_resizing_notes(model)))


def _known(decoder: Any, **names: str) -> Mapping[str, Any]:
    """Options read from a KerasHub prediction decoder."""
    return {ours: getattr(decoder, its) for ours, its in names.items() if hasattr(decoder, its)}


def _converter(model: Any) -> Any:
    return getattr(model.preprocessor, "image_converter", None)


def _converters_size(model: Any) -> SizeHw | None:
    return _fixed(getattr(_converter(model), "image_size", None))


def _fixed(shape: Any) -> SizeHw | None:
    if shape is None or None in tuple(shape)[:2]:
        return None
    return int(shape[0]), int(shape[1])


def _pixel_scale(model: Any) -> PixelScale:
    converter = _converter(model)
    scale, offset = (getattr(converter, name, None) for name in ("scale", "offset"))
    return PixelScale(1.0 if scale is None else scale, 0.0 if offset is None else offset)


def _resizing_notes(model: Any) -> tuple[str, ...]:
    """Notes on how the training's resizing differs from ours."""
    converter = _converter(model)
    if converter is None:
        return ("The file brings no preprocessor, so the network takes pixels as 0..255.",)
    if converter.image_size is None:
        return ()
    others = []
    if converter.crop_to_aspect_ratio:
        others.append("cuts images to the shape of its input")
    if converter.pad_to_aspect_ratio:
        others.append("pads images to the shape of its input")
    if converter.interpolation != "bilinear":
        others.append(f"resizes by {converter.interpolation}")
    if not converter.antialias:
        others.append("does not smooth before it makes images smaller")
    if not others:
        return ()
    return (
        f"The file's own converter {' and '.join(others)}; here each side is resized on its own, "
        "bilinearly and smoothed, so that what is found may differ.",
    )
