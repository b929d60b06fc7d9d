"""A fake model that answers what a test says, and what a gateway makes of it."""

from typing import Any

import numpy as np
from flask.testing import FlaskClient

from tests.client_api.conftest import image_file
from tests.support.fake_model_server import FakeModelServer

INSIDE = [0.2, 0.1, 0.6, 0.5]
SENT_WH = (640, 480)
IN_PIXELS = [96.0, 64.0, 288.0, 320.0]  # INSIDE, of SENT_WH
IMAGE = image_file("PNG", SENT_WH)


def answers(fake: FakeModelServer, *rows: tuple[list[float], float, float]) -> None:
    """From now on the model answers these boxes, scores and classes."""
    boxes, scores, classes = zip(*rows, strict=True)

    def answer(count: int) -> dict[str, Any]:
        return {
            "detection_boxes": np.array([boxes] * count, np.float32),
            "detection_scores": np.array([scores] * count, np.float32),
            "detection_classes": np.array([classes] * count, np.float32),
            "num_detections": np.full(count, len(rows), np.float32),
        }

    fake.models["hands"][1].answer = answer


def found(client: FlaskClient, image: bytes = IMAGE, **parameters: Any) -> list[list[float]]:
    """The corners, yxyx in 0..1, of what the gateway finds."""
    answer = client.post(
        "/predict", data=image, content_type="image/png",
        query_string={"score_threshold": 0, **parameters},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    sides = ("y_min", "x_min", "y_max", "x_max")
    return [[each["box_normalized"][s] for s in sides] for each in answer.get_json()["detections"]]


def version_document(client: FlaskClient) -> Any:
    return client.get("/models/hands").get_json()["versions"][0]


def fact(client: FlaskClient, name: str) -> tuple[Any, str]:
    shown = version_document(client)["facts"][name]
    return shown["value"], shown["source"]
