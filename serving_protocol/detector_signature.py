"""Which signature of a model is a detector's, and what it takes and gives.

A detector takes one batch of images and gives boxes, scores and classes under the Object
Detection API's names. That covers TF1 and TF2 exports of that API, TF Model Garden's exports, and
whatever else keeps to the names. Sources: object_detection/exporter.py and exporter_lib_v2.py;
official/vision/serving/detection.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from detection.kinds.boxes.outputs import IMAGE_INFO, NEEDED_OUTPUTS
from detection.kinds.output_kind import OutputKind
from detection.kinds.table import KINDS, OutputKinds
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
# Of `boxwright export`: the signature that takes (N, H, W, 3) uint8, in RGB, of the size that
# the network computes: its shape says which. The name promises the rest: that an image of which
# either side was resized on its own by Pillow's BILINEAR is answered as by `serving_default`.
RESIZED_SIGNATURE, RESIZED_INPUT = "resized_images", "resized_images"
# What SignatureDef.method_name says of a signature that Predict asks.
PREDICT_METHOD = "tensorflow/serving/predict"

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
        unread: outputs that promise a kind and whose shape is none that is read, as a person reads
            them.
        is_conventional: whether it has outputs of the Object Detection API or of Model Garden that
            others do not answer, so that its boxes are yxyx, as theirs.
        kinds: the kinds of output that are looked for.
    """

    name: str
    image_input: ImageInput
    output_filter: tuple[str, ...]
    class_count: int | None
    key_inputs: tuple[KeyInput, ...] = ()
    size_inputs: tuple[SizeInput, ...] = ()
    unread: tuple[str, ...] = ()
    is_conventional: bool = False
    kinds: OutputKinds = KINDS

    @property
    def filled_inputs(self) -> dict[str, str]:
        """Name -> what it is filled with, of each input beside the images."""
        keys = {each.name: "a number of each image of the request" for each in self.key_inputs}
        return keys | {each.name: each.meaning for each in self.size_inputs}

    @cached_property
    def answered_kinds(self) -> tuple[OutputKind, ...]:
        """Those that it answers beside boxes."""
        return tuple(each for each in self.kinds.beside if each.is_answered_in(self.output_filter))

    @property
    def kind(self) -> OutputKind:
        """What the model is said to find."""
        return self.kinds.of_outputs(self.output_filter)

    @property
    def reduced_side_px(self) -> int | None:
        """To which side a large JPEG may be decoded; None where that could change its answers.

        Four times the network's, so that most of the scaling is still done as in training.
        """
        height, width = self.image_input.size_hw
        if self.name != RESIZED_SIGNATURE or height is None or width is None:
            return None
        return 4 * max(height, width)

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
    def find(cls, signatures: Mapping[str, SignatureDef], kinds: OutputKinds = KINDS) -> Self:
        """The detector's signature among a model's, for who has decoded images.

        `resized_images`, where it takes pixels of one size and answers what the other would;
        `serving_default` if it is one, else the first.

        Args:
            signatures: of the model, by name.
            kinds: of output, whose outputs are read.

        Raises:
            NotADetector: there is none. The message names every signature and what it lacks.
        """
        found = cls.find_default(signatures, kinds)
        resized = signatures.get(RESIZED_SIGNATURE)
        if resized is None or found.name == RESIZED_SIGNATURE:
            return found
        try:
            chosen = cls._of(RESIZED_SIGNATURE, resized, kinds)
        except NotADetector:
            return found
        answers_the_same = chosen.output_filter == found.output_filter
        return chosen if answers_the_same and chosen.image_input.is_resized else found

    @classmethod
    def find_default(
        cls, signatures: Mapping[str, SignatureDef], kinds: OutputKinds = KINDS
    ) -> Self:
        """`serving_default` if it is a detector's, else the first that is; as `find`."""
        names = sorted(signatures, key=lambda name: (name != DEFAULT_SIGNATURE, name))
        reasons = []
        for name in names:
            if name.startswith("__"):
                continue
            try:
                return cls._of(name, signatures[name], kinds)
            except NotADetector as reason:
                reasons.append(f"signature {name!r}: {reason}")
        raise NotADetector("; ".join(reasons) or "the model has no signature to ask")

    @classmethod
    def _of(cls, name: str, signature: SignatureDef, kinds: OutputKinds) -> Self:
        missing = NEEDED_OUTPUTS - set(signature.outputs)
        if missing:
            raise NotADetector(
                f"a detector answers {', '.join(sorted(NEEDED_OUTPUTS))}, but this answers "
                + (", ".join(sorted(signature.outputs)) or "nothing")
            )
        inputs = find_inputs(signature)
        declared = {each: declared_shape(info) for each, info in signature.outputs.items()}
        outputs = frozenset[str]().union(*(kind.read_outputs(declared) for kind in kinds))
        return cls(
            name,
            inputs.image,
            tuple(sorted(outputs)),
            _class_count(signature),
            inputs.keys,
            inputs.sizes,
            tuple(
                describe_tensor(each, signature.outputs[each])
                for kind in kinds
                for each in kind.unread_outputs(declared)
            ),
            is_conventional=not CONVENTIONAL_OUTPUTS.isdisjoint(signature.outputs),
            kinds=kinds,
        )


def kind_of(outputs: Collection[str], kinds: OutputKinds = KINDS) -> str:
    """What a detector of such outputs finds, by the kind's name.

    Example:
        >>> kind_of(["detection_boxes", "detection_classes", "detection_scores", "keypoints"])
        'keypoints'
    """
    return kinds.of_outputs(outputs).name


def _class_count(signature: SignatureDef) -> int | None:
    for name in CLASS_SCORES:
        shape = declared_shape(signature.outputs[name]) if name in signature.outputs else None
        if shape and shape[-1] is not None and shape[-1] > 1:
            return shape[-1] - 1
    return None
