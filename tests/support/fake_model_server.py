"""A model server in this process, behind the port `ModelServer`, that answers what it is told."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from serving_protocol.client_errors import (
    ModelNotFound,
    ModelServerError,
    PredictionRefused,
)
from serving_protocol.messages import (
    PredictRequest,
    PredictResponse,
    SignatureDef,
    TensorInfo,
)
from serving_protocol.model_server import ModelChoice, ServedSignatures, VersionState
from serving_protocol.tensors import decode_tensor, encode_tensor
from serving_protocol.testing import detector
from serving_protocol.testing.detector import SCORES as SCORES
from serving_protocol.testing.detector import tensor_info as tensor_info

# What every image holds, as yxyx in 0..1: not square, so that swapped axes show.
BOXES_YXYX = ((0.1, 0.2, 0.5, 0.4), (0.25, 0.5, 1.2, 0.75), (0.0, 0.0, 0.2, 0.1))
# A little off, as quantized models answer them.
CLASSES = (1.0118, 4.0, 2.0)

Answer = dict[str, npt.NDArray[np.float32]]


def detector_signature(
    input_info: TensorInfo | None = None, input_name: str = "input_tensor", classes: int = 4
) -> SignatureDef:
    """The Object Detection API's, with one of the large outputs that nobody asks for."""
    return SignatureDef(
        inputs={input_name: input_info or tensor_info("DT_UINT8", 1, -1, -1, 3)},
        outputs={
            "detection_boxes": tensor_info("DT_FLOAT", -1, 3, 4),
            "detection_scores": tensor_info("DT_FLOAT", -1, 3),
            "detection_classes": tensor_info("DT_FLOAT", -1, 3),
            "num_detections": tensor_info("DT_FLOAT", -1),
            "raw_detection_scores": tensor_info("DT_FLOAT", -1, 12804, classes + 1),
        },
        method_name="tensorflow/serving/predict",
    )


def three_detections(images: int) -> Answer:
    """The same three detections for each of so many images."""
    return detector.three_detections(images, BOXES_YXYX, CLASSES)


@dataclass
class FakeVersion:
    """One version of a fake model."""

    signatures: dict[str, SignatureDef] = field(
        default_factory=lambda: {"serving_default": detector_signature()}
    )
    state: str = "AVAILABLE"
    answer: Callable[[int], Answer] = three_detections
    labels: Sequence[str] = ()
    error: str = ""
    # Sees the arrays of each request by name, and may refuse them.
    look: Callable[[dict[str, Any]], None] = lambda _: None


class FakeModelServer:
    """Implements `ModelServer`.

    Attributes:
        models: by name and version number; tests change them as they like.
        failure: raised in place of every answer, while it is set.
        gate: predictions wait for it; set at the start.
        requests: every prediction that was asked for.
        metadata_calls: how often signatures were asked for.
        lost: how often a connection to it ended.
    """

    def __init__(self) -> None:
        self.models: dict[str, dict[int, FakeVersion]] = {"hands": {1: FakeVersion()}}
        self.failure: ModelServerError | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[PredictRequest] = []
        self.metadata_calls = 0
        self.lost = 0
        self.running = 0
        self.most_running = 0
        self._lock = threading.Lock()

    def predict(self, request: PredictRequest, timeout_s: float) -> PredictResponse:
        if self.failure is not None:
            raise self.failure
        spec = request.model_spec
        number = spec.version.value if spec.HasField("version") else None
        choice = ModelChoice(spec.name, number, spec.version_label or None)
        number, version = self._find(choice)
        with self._lock:
            self.requests.append(request)
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            self.gate.wait(timeout_s)
            return self._answer(request, number, version)
        finally:
            with self._lock:
                self.running -= 1

    def _answer(
        self, request: PredictRequest, number: int, version: FakeVersion
    ) -> PredictResponse:
        signature = version.signatures[request.model_spec.signature_name or "serving_default"]
        needed = set(signature.inputs) - set(signature.defaults)
        if not needed <= set(request.inputs) <= set(signature.inputs):
            raise PredictionRefused(f"inputs {set(request.inputs)} != {set(signature.inputs)}")
        for name, tensor in request.inputs.items():
            if tensor.dtype != signature.inputs[name].dtype:
                raise PredictionRefused("wrong dtype")
        inputs = {name: decode_tensor(tensor) for name, tensor in request.inputs.items()}
        version.look(inputs)
        [count] = {len(array) for array in inputs.values()}
        outputs = version.answer(count)
        wanted = set(request.output_filter) or set(outputs)
        response = PredictResponse(
            outputs={
                name: encode_tensor(output, as_typed_values=True)
                for name, output in outputs.items()
                if name in wanted
            }
        )
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = number
        return response

    def signatures(self, model: ModelChoice, timeout_s: float) -> ServedSignatures:
        if self.failure is not None:
            raise self.failure
        self.metadata_calls += 1
        number, version = self._find(model)
        return ServedSignatures(number, version.signatures)

    def status(self, name: str, timeout_s: float) -> list[VersionState]:
        if self.failure is not None:
            raise self.failure
        if name not in self.models:
            raise ModelNotFound(f"Could not find any versions of model {name}")
        versions = sorted(self.models[name].items(), reverse=True)
        return [VersionState(number, version.state, version.error) for number, version in versions]

    def connections_lost(self) -> int:
        return self.lost

    def close(self) -> None:
        """Nothing to let go of."""

    def _find(self, choice: ModelChoice) -> tuple[int, FakeVersion]:
        available = {
            number: version
            for number, version in self.models.get(choice.name, {}).items()
            if version.state == "AVAILABLE"
        }
        if choice.label is not None:
            available = {n: v for n, v in available.items() if choice.label in v.labels}
        number = max(available, default=0) if choice.version is None else choice.version
        if number not in available:
            raise ModelNotFound(f"Servable not found for request: {choice}")
        return number, available[number]
