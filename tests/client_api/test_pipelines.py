"""Hands found by one model and pointed at by another, and belief maps."""

from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from client_api.pipelines import Pipeline
from detection.kinds.keypoints.outputs import BELIEF_MAPS
from serving_protocol.messages import SignatureDef
from serving_protocol.tensors import decode_tensor
from tests.client_api.conftest import NewClient, image_file
from tests.support.fake_model_server import (
    SCORES,
    Answer,
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)

PIPELINES = (Pipeline("hands", "hands", "points"), Pipeline("wrong", "hands", "hands"))
# Of each crop: point number n at y = 0.5 and x = n / 20, so that the middle one is in the middle.
POINTS = np.stack([np.full(21, 0.5), np.arange(21) / 20, np.linspace(0.5, 0.9, 21)], axis=1)
SIZE_WH = (64, 32)


def _pixels() -> Any:
    return tensor_info("DT_UINT8", -1, 40, 40, 3)


def points_signature() -> SignatureDef:
    signature = detector_signature(_pixels(), classes=1)
    signature.outputs["keypoints"].CopyFrom(tensor_info("DT_FLOAT", -1, 1, 21, 3))
    return signature


def belief_signature() -> SignatureDef:
    return SignatureDef(
        inputs={"input_tensor": _pixels()},
        outputs={BELIEF_MAPS: tensor_info("DT_FLOAT", -1, 5, 5, 22)},
        method_name="tensorflow/serving/predict",
    )


def pointed(images: int) -> Answer:
    maps = np.zeros((images, 5, 5, 22), np.float32)
    maps[:, 2, 2, 0], maps[..., -1] = 1.0, 1.0
    return {
        "detection_boxes": np.tile(np.array([[[0.0, 0.0, 1.0, 1.0]]], np.float32), (images, 1, 1)),
        "detection_scores": np.full((images, 1), 0.7, np.float32),
        "detection_classes": np.ones((images, 1), np.float32),
        "num_detections": np.ones(images, np.float32),
        "keypoints": np.tile(POINTS.astype(np.float32), (images, 1, 1, 1)),
        BELIEF_MAPS: maps,
    }


@pytest.fixture
def client(new_client: NewClient, fake: FakeModelServer) -> FlaskClient:
    signatures = {"serving_default": points_signature(), BELIEF_MAPS: belief_signature()}
    fake.models["points"] = {3: FakeVersion(signatures=signatures, answer=pointed)}
    return new_client(pipelines=PIPELINES)


def ask(client: FlaskClient, query: str, path: str = "/predict", **options: Any) -> Any:
    image = image_file("PNG", SIZE_WH)
    return client.post(f"{path}?{query}", data=image, content_type="image/png", **options)


def test_boxes_are_the_first_models_and_points_the_second_ones(client: FlaskClient) -> None:
    answer = ask(client, "pipeline=hands&score_threshold=0.5").json
    assert answer["model"] == {"name": "hands", "version": "1"}
    assert answer["pipeline"] == {"name": "hands", "keypoints": {"name": "points", "version": "3"}}
    first, second = answer["detections"]
    assert [each["score"] for each in (first, second)] == pytest.approx(SCORES[:2])
    assert first["label"] == "open"
    # Its box is 12.8 pixels each way around (19.2, 9.6), so the window is 19 pixels wide.
    names = [each["name"] for each in first["keypoints"]]
    assert (names[0], names[20]) == ("wrist", "little_tip")
    middle = first["keypoints"][10]
    assert (middle["x"], middle["y"]) == pytest.approx((19.2, 9.6), abs=1)
    assert first["keypoints"][20]["x"] - first["keypoints"][0]["x"] == pytest.approx(19, abs=1)
    assert first["keypoints"][20]["score"] == pytest.approx(0.9)
    # Cut by the border: its box ends there, and so does what the window is laid around.
    assert second["keypoints"][10]["x"] == pytest.approx(40, abs=1)


def test_all_hands_of_an_image_go_into_one_request(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    assert len(ask(client, "pipeline=hands&score_threshold=0").json["detections"]) == 3
    [_, points] = fake.requests
    assert points.model_spec.name == "points"
    assert decode_tensor(points.inputs["input_tensor"]).shape == (3, 40, 40, 3)


def test_without_hands_nobody_is_asked_for_points(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answer = ask(client, "pipeline=hands&score_threshold=1").json
    assert answer["detections"] == []
    assert answer["pipeline"]["keypoints"] == {"name": "points", "version": "3"}
    assert len(fake.requests) == 1


def test_several_images_have_points_each(client: FlaskClient) -> None:
    files = [(BytesIO(image_file("PNG", size)), "a.png") for size in (SIZE_WH, (32, 64))]
    answer = client.post("/predict", data={"image": files, "pipeline": "hands"}).get_json()
    assert [len(each["detections"][0]["keypoints"]) for each in answer["results"]] == [21, 21]


@pytest.mark.parametrize("path", ["/models/hands/predict", "/models/hands/versions/1/predict"])
def test_a_path_may_name_the_first_model(client: FlaskClient, path: str) -> None:
    assert "keypoints" in ask(client, "pipeline=hands", path).json["detections"][0]


@pytest.mark.parametrize(
    ("query", "path", "status", "detail"),
    [
        ("pipeline=feet", "/predict", 400, "pipeline: one of hands, wrong is expected, not 'feet'"),
        ("pipeline=", "/predict", 400, "a pipeline's name is expected, not ''"),
        (
            "pipeline=hands",
            "/models/points/predict",
            400,
            "pipeline=hands begins with model hands, but the path names model points",
        ),
        ("pipeline=wrong", "/predict", 422, "model hands, version 1, finds no keypoints"),
        ("overlay=heat", "/predict", 400, "overlay: one of belief is expected, not 'heat'"),
        ("overlay=belief", "/predict", 422, "model hands, version 1, has no belief maps"),
        (
            "overlay=belief&schema=coco",
            "/predict",
            400,
            "schema=coco cannot be combined with overlay=belief",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    client: FlaskClient, query: str, path: str, status: int, detail: str
) -> None:
    answer = ask(client, query, path)
    assert answer.status_code == status
    assert detail in answer.json["detail"]


def test_a_second_model_that_is_not_served_is_named(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    del fake.models["points"]
    answer = ask(client, "pipeline=hands")
    assert (answer.status_code, answer.json["detail"]) == (404, "model points is unknown")


def test_without_pipelines_none_is_known(new_client: NewClient) -> None:
    detail = ask(new_client(), "pipeline=hands").json["detail"]
    assert "none (PIPELINES sets none up) is expected, not 'hands'" in detail


def test_belief_maps_lie_where_the_hands_are(client: FlaskClient) -> None:
    wide = ask(client, "pipeline=hands&overlay=belief&format=both").json
    grey = Image.open(BytesIO(b64decode(wide["belief_map"]["b64"])))
    assert (grey.size, grey.mode) == (SIZE_WH, "L")
    values = np.asarray(grey)
    # In the middle of the first hand's window, and nowhere outside of all of them.
    assert values[9, 19] > 200
    assert values[:, -4:].max() == 0


def test_annotated_images_glow_where_points_are_believed(client: FlaskClient) -> None:
    plain = ask(client, "pipeline=hands&score_threshold=0.8&format=image").data
    glowing = ask(client, "pipeline=hands&score_threshold=0.8&format=image&overlay=belief").data
    [before, after] = [np.asarray(Image.open(BytesIO(each)), int) for each in (plain, glowing)]
    # Away from hands it is darker.
    assert (after[:, -4:] < before[:, -4:]).any()


def test_a_model_of_points_alone_shows_what_it_believes_of_the_whole_image(
    client: FlaskClient,
) -> None:
    answer = ask(client, "overlay=belief", "/models/points/predict").json
    assert len(answer["detections"][0]["keypoints"]) == 21
    grey = np.asarray(Image.open(BytesIO(b64decode(answer["belief_map"]["b64"]))))
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    assert (abs(int(row) - 16) < 4, abs(int(column) - 32) < 7) == (True, True)


def test_coco_results_have_the_points_too(client: FlaskClient) -> None:
    [first, _] = ask(client, "pipeline=hands&schema=coco").json
    assert len(first["keypoints"]) == 63


def test_what_is_served_lists_the_pairs(client: FlaskClient, new_client: NewClient) -> None:
    pairs = client.get("/models").get_json()["pipelines"]
    assert pairs[0] == {"name": "hands", "detector": "hands", "keypoints": "points"}
    assert "pipelines" not in new_client().get("/models").get_json()


@pytest.mark.parametrize(
    ("query", "path"),
    [("pipeline=hands&overlay=belief", "/predict"), ("overlay=belief", "/models/points/predict")],
)
def test_a_version_that_is_replaced_before_its_belief_maps_are_asked_for_fails_nobody(
    client: FlaskClient, fake: FakeModelServer, query: str, path: str
) -> None:
    old = fake.models["points"][3]

    def pointed_and_replaced(images: int) -> Answer:
        fake.models["points"] = {4: FakeVersion(signatures=old.signatures, answer=pointed)}
        return pointed(images)

    old.answer = pointed_and_replaced
    answer = ask(client, query, path)
    assert answer.status_code == 200, answer.text
    grey = Image.open(BytesIO(b64decode(answer.json["belief_map"]["b64"])))
    assert max(grey.tobytes()) > 200
    asked = [each.model_spec for each in fake.requests if each.model_spec.name == "points"]
    assert [each.version.value for each in asked][-1] == 4
