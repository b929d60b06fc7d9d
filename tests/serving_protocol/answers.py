"""A detector's answers for tests, as a model server would send them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from detection.detections import Detections
from serving_protocol.detector_answer import decode_detections
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.messages import PredictRequest, PredictResponse
from serving_protocol.tensors import encode_tensor
from tests.serving_protocol.signatures import API_OUTPUTS, Declared, signature

TWO_BOXES = [[0.1, 0.2, 0.5, 0.6], [0.0, 0.5, 0.25, 1.0]]
ANSWER: dict[str, Any] = {
    "detection_boxes": np.array([TWO_BOXES], np.float32),
    "detection_scores": np.array([[0.9, 0.4]], np.float32),
    "detection_classes": np.array([[1.0, 4.0118]], np.float32),
    "num_detections": np.array([2.0], np.float32),
}


def detect(
    outputs: Mapping[str, Any],
    *,
    declared: Mapping[str, Declared] = API_OUTPUTS,
    image: Declared = ("UINT8", [-1, -1, -1, 3]),
    images: int = 1,
    sent_size_wh: tuple[int, int] | None = (640, 480),
    as_typed_values: bool = False,
) -> list[Detections]:
    response = PredictResponse()
    for name, output in outputs.items():
        tensor = encode_tensor(output, as_typed_values=as_typed_values)
        response.outputs[name].CopyFrom(tensor)
    found = DetectorSignature.find({"s": signature("x", image, declared)})
    batch = ImageBatch(PredictRequest(), tuple(range(images)), sent_size_wh)
    return decode_detections(response, found, batch)
