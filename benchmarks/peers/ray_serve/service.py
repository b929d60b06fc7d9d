"""Ray Serve, as its documentation serves an image model: one replica, the image as the body."""

import io
import os
import signal
from typing import Any

import ray
from openvino_detector import OpenvinoDetector
from PIL import Image
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=1)
class Detector:
    """An image in, boxes out."""

    def __init__(self) -> None:
        self._detector = OpenvinoDetector()

    async def __call__(self, request: Request) -> dict[str, Any]:
        """Detect."""
        image = Image.open(io.BytesIO(await request.body()))
        return {"detections": self._detector.detect(image)}


if __name__ == "__main__":
    # Its dashboard would take a part of what is measured.
    ray.init(include_dashboard=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(Detector.bind(), name="detector", route_prefix="/predict")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    serve.shutdown()
