"""Which signature of a model is a detector's, and what it takes and gives.

A detector takes one batch of images and gives boxes, scores and classes under the Object
Detection API's names. That covers TF1 and TF2 exports of that API, TF Model Garden's exports, and
whatever else keeps to the names. Sources: object_detection/exporter.py and exporter_lib_v2.py;
official/vision/serving/detection.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Self

from serving_protocol.image_input import (
    ImageForm,
    ImageInput,
    KeyInput,
    NotADetector,
    declared_shape,
    describe_tensor,
    find_inputs,
)
from serving_protocol.messages import SignatureDef
from serving_protocol.size_inputs import SizeInput

DEFAULT_SIGNATURE = "serving_default"
# What SignatureDef.method_name says of a signature that Predict asks.
PREDICT_METHOD = "tensorflow/serving/predict"

BOXES = "detection_boxes"
SCORES = "detection_scores"
CLASSES = "detection_classes"
COUNT = "num_detections"
# Of each box's rows and columns; how surely a part of it is of the object.
MASKS = "detection_masks"
# [y, x, score] of each point of each detection. Ours: the Object Detection API has two outputs,
# [y, x] in the boxes' unit (NaN where there is none), and how surely each point is there.
KEYPOINTS = "keypoints"
PAIRED_KEYPOINTS = "detection_keypoints"
KEYPOINT_SCORES = "detection_keypoint_scores"
# A signature beside a detector's, and its output: how surely each point, and in the last map none,
# is at each place, (N, h, w, K + 1). It takes what the detector's signature for pixels takes.
BELIEF_MAPS = "belief_maps"
# Model Garden's: how each image was scaled, which its pixel boxes refer to.
IMAGE_INFO = "image_info"
NEEDED_OUTPUTS = frozenset({BOXES, SCORES, CLASSES})
READ_OUTPUTS = NEEDED_OUTPUTS | {
    COUNT, IMAGE_INFO, MASKS, KEYPOINTS, PAIRED_KEYPOINTS, KEYPOINT_SCORES,
}  # fmt: skip
# Of outputs of four axes: how long the last one is, where that tells them from others' outputs.
_LAST_SIZE: Mapping[str, int | None] = {MASKS: None, KEYPOINTS: 3, PAIRED_KEYPOINTS: 2}
# Their last axis counts the classes and, before them, a background class.
CLASS_SCORES = ("detection_multiclass_scores", "raw_detection_scores")
# What those two alone answer beside their boxes, which are yxyx.
CONVENTIONAL_OUTPUTS = frozenset(
    {IMAGE_INFO, "raw_detection_boxes", "detection_anchor_indices", *CLASS_SCORES}
)


@dataclass(frozen=True)
class DetectorSignature:
    """A signature that takes images and gives detections.

    Args:
        name: of the signature, for the request.
        image_input: how it takes images.
        output_filter: the outputs that are read, in a fixed order. A request names them, so that
            the others, which may have tens of megabytes, are not sent.
        class_count: how many classes the model tells apart; None where it does not say.
        key_inputs: those beside the images that hold a name of each, which is made up.
        size_inputs: those that hold the size of each, as it is sent.
        unread: outputs of masks or points whose shape is none that is read, as a person reads them.
        is_conventional: whether it has outputs of the Object Detection API or of Model Garden that
            others do not answer, so that its boxes are yxyx, as theirs.
    """

    name: str
    image_input: ImageInput
    output_filter: tuple[str, ...]
    class_count: int | None
    key_inputs: tuple[KeyInput, ...] = ()
    size_inputs: tuple[SizeInput, ...] = ()
    unread: tuple[str, ...] = ()
    is_conventional: bool = False

    @property
    def filled_inputs(self) -> dict[str, str]:
        """Name -> what it is filled with, of each input beside the images."""
        keys = {each.name: "a number of each image of the request" for each in self.key_inputs}
        return keys | {each.name: each.meaning for each in self.size_inputs}

    @property
    def takes_strings(self) -> bool:
        """Whether images go there as files or as `tf.Example`s, which no signature declares."""
        return self.image_input.form is not ImageForm.PIXELS

    def with_form(self, form: ImageForm) -> "DetectorSignature":
        """The same where strings are files or `tf.Example`s; one of pixels stays as it is."""
        if not self.takes_strings or form is self.image_input.form:
            return self
        return replace(self, image_input=replace(self.image_input, form=form))

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
        inputs = find_inputs(signature)
        outputs = tuple(sorted(name for name in READ_OUTPUTS if _is_read(name, signature)))
        return cls(
            name,
            inputs.image,
            outputs,
            _class_count(signature),
            inputs.keys,
            inputs.sizes,
            _unread(signature),
            is_conventional=not CONVENTIONAL_OUTPUTS.isdisjoint(signature.outputs),
        )


def kind_of(outputs: Collection[str]) -> str:
    """What a detector of such outputs finds: `boxes`, `masks` or `keypoints`.

    Example:
        >>> kind_of(["detection_boxes", "detection_classes", "detection_scores", "keypoints"])
        'keypoints'
    """
    if KEYPOINTS in outputs or PAIRED_KEYPOINTS in outputs:
        return "keypoints"
    return "masks" if MASKS in outputs else "boxes"


def _is_read(name: str, signature: SignatureDef) -> bool:
    """Whether an output is there, and what its name says: others call other things keypoints."""
    if name not in signature.outputs:
        return False
    shape = declared_shape(signature.outputs[name])
    if name in (PAIRED_KEYPOINTS, KEYPOINT_SCORES) and _is_read(KEYPOINTS, signature):
        return False
    if name == KEYPOINT_SCORES:
        return _is_read(PAIRED_KEYPOINTS, signature) and (shape is None or len(shape) == 3)
    if name not in _LAST_SIZE or shape is None:
        return True
    last = _LAST_SIZE[name]
    return len(shape) == 4 and (last is None or shape[3] in (last, None))


def _unread(signature: SignatureDef) -> tuple[str, ...]:
    """Masks and points that the Object Detection API's names promise, and their shapes do not."""
    names = [each for each in (MASKS, PAIRED_KEYPOINTS) if each in signature.outputs]
    if PAIRED_KEYPOINTS in names and _is_read(KEYPOINTS, signature):
        names.remove(PAIRED_KEYPOINTS)
    return tuple(
        describe_tensor(each, signature.outputs[each])
        for each in names
        if not _is_read(each, signature)
    )


def _class_count(signature: SignatureDef) -> int | None:
    for name in CLASS_SCORES:
        shape = declared_shape(signature.outputs[name]) if name in signature.outputs else None
        if shape and shape[-1] is not None and shape[-1] > 1:
            return shape[-1] - 1
    return None
