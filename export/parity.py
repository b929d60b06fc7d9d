"""Compare the exported model with the trained one, on real images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from detection.agreement import MOST_SHOWN, disagreements, sure_count
from detection.detections import Detections
from detection.images import DecodedImage
from detection.kinds.boxes.outputs import BOXES, CLASSES, COUNT, SCORES
from detection.kinds.table import KINDS
from detection.tolerance import SAME_FILE, SAME_PIXELS, Tolerance
from export.errors import ParityError
from export.graphs.saved_model import (
    ENCODED_INPUT,
    ENCODED_SIGNATURE,
    PIXELS_INPUT,
    PIXELS_SIGNATURE,
)
from serving_protocol.detector_request import image_file
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE
from serving_protocol.messages import PredictRequest
from serving_protocol.model_server import ModelChoice, ModelServer
from serving_protocol.tensors import Array, decode_tensor, encode_tensor
from training.evaluation.trained_detector import as_detections
from training.input_pipeline.resizing import resized_image
from training.models.detector import Detector

# Files of different sizes share a batch, to test that they can.
BATCH = 4
# signature, input, value -> outputs by name
Ask = Callable[[str, str, Array], Mapping[str, Array]]


@dataclass
class ReferenceDetections:
    """Images as pixels and as files, and the trained model's detections in them.

    Args:
        names: of the images, for messages.
        pixels: (N, height, width, 3) uint8, resized as in training.
        files: JPEG and PNG files.
        expected: detections of each image.
    """

    names: list[str]
    pixels: Array
    files: list[bytes]
    expected: list[Detections]

    @classmethod
    def of(
        cls, detector: Detector, class_ids: Sequence[int], images: Mapping[str, DecodedImage]
    ) -> "ReferenceDetections":
        """Run the trained model on the images."""
        size_hw = detector.input_size_hw
        pixels = np.stack(
            [np.asarray(resized_image(each.pixels, size_hw)) for each in images.values()]
        )
        detect = tf.function(detector.detect)
        expected = [
            found
            for row in range(len(pixels))
            for found in as_detections(
                detect(tf.constant(pixels[row : row + 1], tf.float32)), class_ids
            )
        ]
        return cls(list(images), pixels, [image_file(each) for each in images.values()], expected)


@dataclass
class Parity:
    """How closely the answers agree.

    Args:
        images: number of compared images.
        same_pixels: tolerance for the same pixels.
        largest_score_difference: of each image's best detection, by engine and signature.
        mismatches: detections without a counterpart by image, by engine and signature.
    """

    images: int
    same_pixels: Tolerance = SAME_PIXELS
    largest_score_difference: dict[str, float] = field(default_factory=dict)
    mismatches: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @property
    def same_file(self) -> Tolerance:
        """Tolerance for the same files."""
        # float16 weights affect files as they affect pixels.
        return replace(SAME_FILE, stray_points=self.same_pixels.stray_points)

    def as_json(self) -> dict[str, Any]:
        """For the model card."""
        return {
            "pictures": self.images,
            "tolerance_same_pixels": self.same_pixels.as_json(),
            "tolerance_same_file": self.same_file.as_json(),
            "largest_difference_of_best_score": self.largest_score_difference,
            "without_counterpart": {
                where: sum(map(len, told.values())) for where, told in self.mismatches.items()
            },
        }

    @property
    def mismatched_images(self) -> set[str]:
        """Names of the images with a detection without a counterpart."""
        return {name for told in self.mismatches.values() for name in told}

    def check(self, reference: ReferenceDetections, who: str, ask: Ask) -> None:
        """Compare all signatures.

        Raises:
            ParityError: the detections differ from the trained model's; names the image.
        """
        self.check_pixels(reference, who, ask)
        self.check_resized(reference, who, ask)
        found = _found(ask, ENCODED_SIGNATURE, ENCODED_INPUT, _strings(reference.files))
        self._compare(reference, found, self.same_file, f"{who}, {ENCODED_SIGNATURE}")

    def check_pixels(self, reference: ReferenceDetections, who: str, ask: Ask) -> None:
        """Compare the signature that takes pixels.

        Raises:
            ParityError: the detections differ from the trained model's; names the image.
        """
        found = _found(ask, PIXELS_SIGNATURE, PIXELS_INPUT, reference.pixels)
        self._compare(reference, found, self.same_pixels, f"{who}, {PIXELS_SIGNATURE}")

    def check_resized(self, reference: ReferenceDetections, who: str, ask: Ask) -> None:
        """Compare the signature that takes pixels of the network's own size.

        Raises:
            ParityError: the detections differ from the trained model's; names the image.
        """
        found = _found(ask, RESIZED_SIGNATURE, RESIZED_INPUT, reference.pixels)
        self._compare(reference, found, self.same_pixels, f"{who}, {RESIZED_SIGNATURE}")

    def _compare(
        self,
        reference: ReferenceDetections,
        found: list[Detections],
        tolerance: Tolerance,
        where: str,
    ) -> None:
        sure, largest = 0, 0.0
        mismatches = self.mismatches.setdefault(where, {})
        for name, wanted, got in zip(reference.names, reference.expected, found, strict=True):
            wrong = disagreements(wanted, got, tolerance)
            if wrong:
                mismatches[name] = wrong
            sure += sure_count(wanted, got)
            if len(wanted) and len(got):
                largest = max(largest, abs(float(wanted.scores[0]) - float(got.scores[0])))
        self.largest_score_difference[where] = round(largest, 6)
        without = sum(map(len, mismatches.values()))
        if without > tolerance.share * sure:
            name, wrong = next(iter(mismatches.items()))
            raise ParityError(
                f"the exported model ({where}) and the trained one disagree: {without} of {sure} "
                f"detections have no counterpart (allowed: {tolerance.share:.0%}; IoU from "
                f"{tolerance.iou}, scores within {tolerance.score}), as in {name}: "
                + "; ".join(wrong[:MOST_SHOWN])
            )


def _found(ask: Ask, signature: str, taken: str, values: Array) -> list[Detections]:
    return [
        each
        for start in range(0, len(values), BATCH)
        for each in detections_of(ask(signature, taken, values[start : start + BATCH]))
    ]


def _strings(files: Sequence[bytes]) -> Array:
    """(N,) object array, NumPy's form of TensorFlow's strings."""
    array = np.empty(len(files), object)
    array[:] = files
    return array


def ask_saved_model(version_dir: Path) -> Ask:
    """Call the SavedModel through `tf.saved_model.load`."""
    model = tf.saved_model.load(str(version_dir))

    def ask(signature: str, taken: str, value: Array) -> Mapping[str, Array]:
        answer = model.signatures[signature](**{taken: tf.constant(value)})
        return {name: each.numpy() for name, each in answer.items()}

    return ask


def ask_server(server: ModelServer, model: ModelChoice, timeout_s: float = 300.0) -> Ask:
    """Call the version through a model server."""

    def ask(signature: str, taken: str, value: Array) -> Mapping[str, Array]:
        request = PredictRequest(model_spec=model.model_spec(signature))
        request.inputs[taken].CopyFrom(encode_tensor(value))
        outputs = server.predict(request, timeout_s).outputs
        return {name: decode_tensor(each) for name, each in outputs.items()}

    return ask


def detections_of(outputs: Mapping[str, Array]) -> list[Detections]:
    """Split a batch's outputs into one `Detections` per image."""
    counts = np.rint(outputs[COUNT]).astype(int)
    return [
        Detections(
            outputs[BOXES][row, :count],
            outputs[SCORES][row, :count],
            np.rint(outputs[CLASSES][row, :count]).astype(np.int64),
            KINDS.own_extras(outputs, row, np.arange(count)),
        )
        for row, count in enumerate(counts)
    ]
