"""BentoML, as its documentation serves an image model: one worker, a file in a form."""

from typing import Any

import bentoml
from openvino_detector import OpenvinoDetector
from PIL import Image


@bentoml.service(workers=1, traffic={"timeout": 60})
class Detector:
    """An uploaded image in, boxes out."""

    def __init__(self) -> None:
        self._detector = OpenvinoDetector()

    @bentoml.api
    def predict(self, image: Image.Image) -> dict[str, Any]:
        """Detect."""
        return {"detections": self._detector.detect(image)}
