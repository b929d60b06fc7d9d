"""LitServe, as its documentation serves an image model: one worker, a file in a form."""

import io
import os
from typing import Any

import litserve
from fastapi import UploadFile
from openvino_detector import OpenvinoDetector
from PIL import Image


class DetectorAPI(litserve.LitAPI):
    """An uploaded image in, boxes out."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self._detector = OpenvinoDetector()

    def decode_request(self, request: UploadFile) -> Image.Image:
        """Decode the image."""
        return Image.open(io.BytesIO(request.file.read()))

    def predict(self, image: Image.Image) -> list[dict[str, Any]]:
        """Detect."""
        return self._detector.detect(image)

    def encode_response(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """Answer as JSON."""
        return {"detections": found}


if __name__ == "__main__":
    server = litserve.LitServer(DetectorAPI(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(os.environ["PORT"]), generate_client_file=False)
