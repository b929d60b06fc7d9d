"""What all peers that use OpenVINO share: an image in, named boxes out, as their tutorials do it.

Runs in the environments of the peers, in which nothing of ours is installed. Settings come from the
environment: `MODEL_XML`, OpenVINO's file of the model, and `SIZE`, the side in pixels that images
are scaled to by Pillow; where it is not set, the graph scales them.
"""

import os
from typing import Any

import numpy as np
import openvino
from PIL import Image

SCORE_THRESHOLD = 0.4


class OpenvinoDetector:
    """The model, compiled for short answers, and to compute what everybody else does: float32."""

    def __init__(self) -> None:
        core = openvino.Core()
        self._compiled = core.compile_model(
            core.read_model(os.environ["MODEL_XML"]),
            "CPU",
            {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"},
        )
        self._request = self._compiled.create_infer_request()
        self._size = int(os.environ.get("SIZE", "0"))

    def detect(self, image: Image.Image) -> list[dict[str, Any]]:
        """Boxes as shares of the image, class and score."""
        image = image.convert("RGB")
        if self._size:
            image = image.resize((self._size, self._size), Image.Resampling.BILINEAR)
        answer = self._request.infer([np.asarray(image)[None]])
        named = {name: value for port, value in answer.items() for name in port.names}
        return [
            {"box": box.tolist(), "class": int(number), "score": float(score)}
            for box, number, score in zip(
                named["detection_boxes"][0],
                named["detection_classes"][0],
                named["detection_scores"][0],
                strict=True,
            )
            if score >= SCORE_THRESHOLD
        ]
