"""Which signature of a model is a detector's, and what it takes and gives.

A detector takes one batch of pictures and gives boxes, scores and classes under the Object
Detection API's names. That covers TF1 and TF2 exports of that API, TF Model Garden's exports, and
whatever else keeps to the names. Sources: object_detection/exporter.py and exporter_lib_v2.py;
official/vision/serving/detection.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

import numpy as np

from serving_protocol.messages import SignatureDef, TensorInfo
from serving_protocol.tensors import (
    DT_STRING,
    UnsupportedDtype,
    data_type_name,
    numpy_dtype,
)

DEFAULT_SIGNATURE = "serving_default"
# What SignatureDef.method_name says of a signature that Predict asks.
PREDICT_METHOD = "tensorflow/serving/predict"

BOXES = "detection_boxes"
SCORES = "detection_scores"
CLASSES = "detection_classes"
COUNT = "num_detections"
# Of each box's rows and columns; how surely a part of it is of the object.
MASKS = "detection_masks"
# [y, x, score] of each point of each detection. Ours: the Object Detection API has two outputs.
KEYPOINTS = "keypoints"
# A signature beside a detector's, and its output: how surely each point, and in the last map none,
# is at each place, (N, h, w, K + 1). It takes what the detector's signature for pixels takes.
BELIEF_MAPS = "belief_maps"
# Model Garden's: how each picture was scaled, which its pixel boxes refer to.
IMAGE_INFO = "image_info"
NEEDED_OUTPUTS = frozenset({BOXES, SCORES, CLASSES})
READ_OUTPUTS = NEEDED_OUTPUTS | {COUNT, IMAGE_INFO, MASKS, KEYPOINTS}
# Their last axis counts the classes and, before them, a background class.
CLASS_SCORES = ("detection_multiclass_scores", "raw_detection_scores")


class NotADetector(ValueError):
    """No signature of the model is a detector's; the message names what was found."""


class PictureForm(Enum):
    """In which form a signature takes pictures."""

    ENCODED = "encoded"  # a string each: the file
    EXAMPLE = "example"  # a string each: a serialized tf.Example with image/encoded
    PIXELS = "pixels"  # numbers, 0 to 255, of the input's dtype


@dataclass(frozen=True)
class ImageInput:
    """How a signature takes its pictures.

    Args:
        name: the input's key in the request.
        form: encoded files, tf.Examples or pixels.
        dtype: of the pixels; `object` for strings.
        batched: whether the first axis counts pictures; if not, a request holds one.
        batch_size: how many pictures a request must hold; None where it is free.
        size_hw: height and width that the pixels must have; None where free.
    """

    name: str
    form: PictureForm
    dtype: np.dtype[Any]
    batched: bool = True
    batch_size: int | None = None
    size_hw: tuple[int | None, int | None] = (None, None)

    @classmethod
    def from_tensor_info(cls, name: str, info: TensorInfo) -> Self:
        """Read an input's declaration.

        Raises:
            NotADetector: it is no batch of pictures, or a single one.
        """
        shape = _declared_shape(info)
        if info.dtype == DT_STRING:
            return cls._strings(name, info, shape)
        try:
            dtype = numpy_dtype(info.dtype)
        except UnsupportedDtype as error:
            raise NotADetector(str(error)) from error
        if dtype.kind not in "uif" or dtype == np.int8:
            raise NotADetector(f"its input {describe_tensor(name, info)} holds no picture")
        if shape is None:
            return cls(name, PictureForm.PIXELS, dtype)
        if len(shape) not in (3, 4) or shape[-1] not in (3, None):
            raise NotADetector(
                f"its input {describe_tensor(name, info)} is no picture of [height, width, 3]"
            )
        batched = len(shape) == 4
        batch_size = shape[0] if batched else 1
        return cls(name, PictureForm.PIXELS, dtype, batched, batch_size, (shape[-3], shape[-2]))

    @classmethod
    def _strings(cls, name: str, info: TensorInfo, shape: tuple[int | None, ...] | None) -> Self:
        # Both arrive as strings; the exporters tell them apart by the placeholder's name alone.
        is_example = "example" in name or "example" in info.name
        form = PictureForm.EXAMPLE if is_example else PictureForm.ENCODED
        if shape is not None and len(shape) > 1:
            raise NotADetector(f"its input {describe_tensor(name, info)} is no list of pictures")
        batched = shape is None or len(shape) == 1
        batch_size = shape[0] if shape else (None if batched else 1)
        return cls(name, form, np.dtype(object), batched, batch_size)


@dataclass(frozen=True)
class DetectorSignature:
    """A signature that takes pictures and gives detections.

    Args:
        name: of the signature, for the request.
        image_input: how it takes pictures.
        output_filter: the outputs that are read, in a fixed order. A request names them, so that
            the others, which may have tens of megabytes, are not sent.
        class_count: how many classes the model tells apart; None where it does not say.
    """

    name: str
    image_input: ImageInput
    output_filter: tuple[str, ...]
    class_count: int | None

    @classmethod
    def find(cls, signatures: Mapping[str, SignatureDef]) -> Self:
        """The detector's signature among a model's: `serving_default` if it is one, else the first.

        Raises:
            NotADetector: there is none. The message names every signature and what it lacks.
        """
        names = sorted(signatures, key=lambda name: (name != DEFAULT_SIGNATURE, name))
        reasons = []
        for name in names:
            if name.startswith("__"):
                continue
            try:
                return cls._of(name, signatures[name])
            except NotADetector as reason:
                reasons.append(f"signature {name!r}: {reason}")
        raise NotADetector("; ".join(reasons) or "the model has no signature to ask")

    @classmethod
    def _of(cls, name: str, signature: SignatureDef) -> Self:
        missing = NEEDED_OUTPUTS - set(signature.outputs)
        if missing:
            raise NotADetector(
                f"a detector answers {', '.join(sorted(NEEDED_OUTPUTS))}, but this answers "
                + (", ".join(sorted(signature.outputs)) or "nothing")
            )
        if len(signature.inputs) != 1:
            raise NotADetector(
                "a detector takes one input, pictures, but this takes "
                + (", ".join(sorted(signature.inputs)) or "none")
            )
        [(input_name, info)] = signature.inputs.items()
        return cls(
            name,
            ImageInput.from_tensor_info(input_name, info),
            tuple(sorted(name for name in READ_OUTPUTS if _is_read(name, signature))),
            _class_count(signature),
        )


def kind_of(outputs: Collection[str]) -> str:
    """What a detector of such outputs finds: `boxes`, `masks` or `keypoints`.

    Example:
        >>> kind_of(["detection_boxes", "detection_classes", "detection_scores", "keypoints"])
        'keypoints'
    """
    if KEYPOINTS in outputs:
        return "keypoints"
    return "masks" if MASKS in outputs else "boxes"


def describe_tensor(name: str, info: TensorInfo) -> str:
    """`input_tensor: uint8[1, ?, ?, 3]`, the way a person reads a declaration."""
    shape = _declared_shape(info)
    sizes = "?" if shape is None else ", ".join("?" if n is None else str(n) for n in shape)
    return f"{name}: {data_type_name(info.dtype)}[{'...' if shape is None else sizes}]"


def _declared_shape(info: TensorInfo) -> tuple[int | None, ...] | None:
    """The declared sizes, None for a free one; None for a free rank."""
    if info.tensor_shape.unknown_rank:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim)


def _is_read(name: str, signature: SignatureDef) -> bool:
    """Whether an output is there, and what its name says: others call other things keypoints."""
    if name not in signature.outputs:
        return False
    shape = _declared_shape(signature.outputs[name])
    if name not in (MASKS, KEYPOINTS) or shape is None:
        return True
    return len(shape) == 4 and (name != KEYPOINTS or shape[3] in (3, None))


def _class_count(signature: SignatureDef) -> int | None:
    for name in CLASS_SCORES:
        shape = _declared_shape(signature.outputs[name]) if name in signature.outputs else None
        if shape and shape[-1] is not None and shape[-1] > 1:
            return shape[-1] - 1
    return None
