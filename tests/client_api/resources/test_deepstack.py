"""DeepStack's API, asked as the programs that speak it ask."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from serving_protocol.client_errors import ModelServerUnavailable
from serving_protocol.messages import SignatureDef
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import Answer, FakeModelServer, FakeVersion, tensor_info

PATH = "/v1/vision/detection"
CUSTOM = "/v1/vision/custom/hands"
PATHS = [PATH, PATH + "/", CUSTOM, CUSTOM + "/"]


def files(png: bytes, name: str = "image") -> dict[str, Any]:
    return {name: (BytesIO(png), "image.jpg")}


@pytest.mark.parametrize("path", PATHS)
def test_it_answers_in_deepstacks_words(client: FlaskClient, png: bytes, path: str) -> None:
    # The fake model finds boxes of an image of 64x32.
    answer = client.post(path, data=files(png))
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    document = answer.get_json()
    duration = document.pop("duration")
    assert isinstance(duration, float)
    assert 0 < duration < 60
    assert document == {
        "success": True,
        "predictions": [
            {
                "label": "open",
                "confidence": 0.94,
                "x_min": 13,
                "y_min": 3,
                "x_max": 26,
                "y_max": 16,
            },
            {
                "label": "pointing",
                "confidence": 0.75,
                "x_min": 32,
                "y_min": 8,
                "x_max": 48,
                "y_max": 32,
            },
        ],
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Model-Name"] == "hands"


def test_min_confidence_is_a_field_of_the_form(client: FlaskClient, png: bytes) -> None:
    for confidence, count in (("0.2", 3), ("0.8", 1), ("0.99", 0), ("", 2), (" 0.8\r\n", 1)):
        answer = client.post(PATH, data=files(png) | {"min_confidence": confidence})
        assert len(answer.get_json()["predictions"]) == count


@pytest.mark.parametrize(
    ("query", "field", "count"),
    [
        ("min_confidence=0.8", {"min_confidence": "0.2"}, 1),
        ("min_confidence=0.8", {"score_threshold": "0.2"}, 1),
        ("confidence=0.2", {"min_confidence": "0.8"}, 1),
        ("confidence=0.2", {}, 3),
        ("camera=door", {"score_threshold": "0.2", "confidence": "0.8"}, 3),
    ],
)
def test_of_several_names_and_places_deepstacks_own_name_counts_then_the_query(
    client: FlaskClient, png: bytes, query: str, field: dict[str, str], count: int
) -> None:
    answer = client.post(f"{PATH}?{query}", data=files(png) | field)
    assert len(answer.get_json()["predictions"]) == count


def test_the_threshold_is_0_40_unless_one_is_sent(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    def answer(images: int) -> Answer:
        scores = np.array([[0.41, 0.4, 0.399]] * images, np.float32)
        boxes = np.array([[[0.1, 0.1, 0.5, 0.5]] * 3] * images, np.float32)
        return {
            "detection_boxes": boxes,
            "detection_scores": scores,
            "detection_classes": np.ones_like(scores),
            "num_detections": np.full(images, 3, np.float32),
        }

    fake.models["hands"][1] = FakeVersion(answer=answer)
    for path in (PATH, CUSTOM):
        found = client.post(path, data=files(png)).get_json()["predictions"]
        assert [each["confidence"] for each in found] == [0.41, 0.4]
        # What Frigate goes by.
        assert all(not each["confidence"] < 0.4 for each in found)
    # Elsewhere it is the contract's.
    assert client.post("/predict", data=files(png)).get_json()["detections"] == []


@pytest.mark.parametrize("accept", ["text/html", "image/jpeg", "text/plain"])
def test_the_answer_is_json_whatever_is_accepted(
    client: FlaskClient, png: bytes, accept: str
) -> None:
    answer = client.post(f"{PATH}?format=image", data=files(png), headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.get_json()["success"] is True


def test_a_class_without_a_name_is_called_by_its_number(
    client: FlaskClient, models_dir: Path, png: bytes
) -> None:
    (models_dir / "hands" / "label_map.pbtxt").unlink()
    predictions = client.post(PATH, data=files(png)).get_json()["predictions"]
    assert [each["label"] for each in predictions] == ["1", "4"]


def test_the_key_is_a_field_of_the_form_too(new_client: NewClient, png: bytes) -> None:
    client = new_client(api_key="right", rate_limit_per_minute=2)
    assert client.post(PATH, data=files(png)).status_code == 401
    assert client.post(PATH, data=files(png) | {"api_key": "wrong"}).status_code == 401
    assert client.post(PATH, data=files(png) | {"api_key": "right"}).status_code == 200
    header = {"X-API-Key": "right"}
    assert client.post(PATH, data=files(png), headers=header).status_code == 200
    assert client.post(PATH, data=files(png), headers=header).status_code == 429


@pytest.mark.parametrize(
    "beside",
    [
        {"camera": "front"},
        {"admin_key": "x", "api_key": ""},
        {"format": "image", "schema": "none", "overlay": "1", "truncated": "maybe"},
        {"min_confidence": ["0.4", "0.9"]},
        {"typedef": "", "": "x"},
        {"other": (BytesIO(b"no image"), "other.txt")},
        {"": (BytesIO(b"no image"), "other.jpg")},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [PATH, CUSTOM])
def test_what_deepstack_does_not_know_is_ignored(
    client: FlaskClient, png: bytes, path: str, beside: dict[str, Any]
) -> None:
    copied = {
        name: (BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in beside.items()
    }
    answer = client.post(f"{path}?camera=front&a=", data=files(png) | copied)
    assert answer.status_code == 200, answer.text
    assert len(answer.get_json()["predictions"]) == 2


def test_parts_without_a_name_are_ignored(client: FlaskClient, png: bytes) -> None:
    for disposition in (b"form-data", b'form-data; filename="b.jpg"', b"attachment"):
        part = b"--x\r\nContent-Disposition: " + disposition + b"\r\n\r\nsomething\r\n"
        image = (
            b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
            + png
            + b"\r\n"
        )
        for body in (part + image, image + part):
            answer = client.post(
                PATH, data=body + b"--x--\r\n", content_type="multipart/form-data; boundary=x"
            )
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", ["file", "image1", "upload", "picture.jpg"])
def test_the_first_file_is_the_image_where_none_is_called_so(
    client: FlaskClient, png: bytes, name: str
) -> None:
    answer = client.post(PATH, data=files(png, name) | {"label_map": (BytesIO(b""), "")})
    assert answer.status_code == 200, answer.text
    # Which is DeepStack's own way, and no other's.
    assert client.post("/predict", data=files(png, name)).status_code == 400


def assert_failed(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["success"] is False
    assert problem["status"] == problem["code"] == status
    assert problem["error"] == problem["detail"] != ""
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert isinstance(problem["duration"], float)
    assert set(problem) == {
        "type", "title", "status", "detail", "error", "request_id", "success", "code", "duration",
    }  # fmt: skip


def test_every_error_says_that_it_failed(
    new_client: NewClient, fake: FakeModelServer, png: bytes
) -> None:
    client = new_client(max_request_bytes=1000, rate_limit_per_minute=1)
    assert_failed(client.get(PATH), 405)
    assert_failed(client.post("/v1/vision/face", data=files(png)), 404)
    assert_failed(client.post("/v1/vision/custom/nothing", data=files(png)), 404)
    assert_failed(client.post(PATH, data=files(png)), 429)
    client = new_client(max_request_bytes=1000)
    assert_failed(client.post(PATH, data=files(bytes(2000))), 413)
    assert_failed(client.post(PATH, data=files(b"no image")), 415)
    assert_failed(client.post(PATH, data=b"x", content_type="text/plain"), 415)
    assert_failed(client.post(PATH, data={"min_confidence": "0.4"}), 415)
    assert_failed(
        client.post(PATH, data={"image": "text"}, content_type="multipart/form-data"), 400
    )
    for wrong in ("1.5", "-1", "nan", "high", "0,4"):
        answer = client.post(PATH, data=files(png) | {"min_confidence": wrong})
        assert_failed(answer, 400)
        assert f"min_confidence: a number from 0 to 1 is expected, not '{wrong}'" in answer.text
    fake.failure = ModelServerUnavailable("away")
    answer = client.post(PATH, data=files(png), headers={"Accept": "text/html"})
    assert_failed(answer, 503)
    assert answer.headers["Retry-After"]
    assert_failed(client.post("/v1/vision/custom/list"), 503)
    # No page, though a model may have such a name.
    page = {"Accept": "text/html"}
    assert_failed(client.post("/v1/vision/custom/predict", data=files(png), headers=page), 503)
    # And nothing of it elsewhere.
    assert "success" not in client.post("/predict", data=files(png)).get_json()


def test_several_images_are_refused_before_they_are_looked_at(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    two = [(BytesIO(png), "a.png"), (BytesIO(png[:40]), "broken.png")]
    answer = client.post(PATH, data={"image": two})
    assert answer.status_code == 400
    assert "exactly one" in answer.get_json()["detail"]
    assert fake.requests == []


@pytest.mark.parametrize("path", ["/v1/vision/custom/list", "/v1/vision/custom/list/"])
def test_the_models_that_answer_are_listed(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path, path: str
) -> None:
    for name in ("cars", "loading", "points", "unnoticed"):
        (models_dir / name / "1").mkdir(parents=True)
    points = FakeVersion(
        {"serving_default": SignatureDef(inputs={"x": tensor_info("DT_FLOAT", 1)})}
    )
    fake.models |= {
        "cars": {1: FakeVersion()},
        "loading": {1: FakeVersion(state="LOADING")},
        # A detector once, and no more.
        "points": {1: FakeVersion(), 2: points},
    }
    for answer in (client.post(path), client.get(path), client.post(path, data={"a": "b"})):
        assert answer.status_code == 200
        document = answer.get_json()
        assert document.pop("duration") >= 0
        assert document == {"success": True, "models": ["cars", "hands"]}


@pytest.mark.parametrize("path", ["/v1/status/updateavailable", "/v1/status/updateavailable/"])
def test_it_says_which_version_it_is_and_that_there_is_no_other(
    client: FlaskClient, path: str
) -> None:
    document = client.get(path).get_json()
    assert document["success"] is True
    assert document["updateAvailable"] is False
    assert document["version"] == document["current"] == document["latest"]
    assert set(document["current"]) >= {"major", "minor", "patch"}
