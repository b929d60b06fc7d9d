"""What is served, as `/models` tells it, and models that come after the start."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from detection.label_map_text import parse_label_map
from serving_protocol.client_errors import ModelServerUnavailable
from tests.client_api.conftest import LABEL_MAP, NewClient
from tests.support.fake_model_server import FakeModelServer, FakeVersion


def test_a_model_is_told_with_versions_states_labels_inputs_and_outputs(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"][2] = FakeVersion(state="LOADING")
    document = client.get("/models/hands").get_json()
    assert document["name"] == "hands"
    assert document["default"] is True
    assert [(each["version"], each["state"]) for each in document["versions"]] == [
        ("2", "LOADING"),
        ("1", "AVAILABLE"),
    ]
    version = document["versions"][1]
    assert version["labels"] == ["open", "closed", "pointing"]
    assert version["inputs"] == {"input_tensor": {"dtype": "uint8", "shape": [1, None, None, 3]}}
    assert version["outputs"]["detection_boxes"] == {"dtype": "float", "shape": [None, 3, 4]}
    assert version["class_count"] == 4
    assert client.get("/models").get_json() == {"models": [document]}


def test_a_published_model_that_the_server_has_not_noticed_has_no_versions_yet(
    client: FlaskClient, models_dir: Path
) -> None:
    (models_dir / "cats" / "1").mkdir(parents=True)
    assert client.get("/models/cats").get_json() == {
        "name": "cats",
        "default": False,
        "version": None,
        "version_labels": {},
        "waiting_for": "the model server, which has not noticed it yet",
        "versions": [],
    }
    assert [each["name"] for each in client.get("/models").get_json()["models"]] == [
        "cats",
        "hands",
    ]


def test_without_the_model_server_models_are_a_503(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.failure = ModelServerUnavailable("away")
    for path in ("/models", "/models/hands", "/models/hands/label_map"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


def test_the_label_map_is_told_as_json_and_as_text(client: FlaskClient) -> None:
    document = client.get("/models/hands/label_map").get_json()
    assert document["items"][2] == {"id": 4, "name": "point", "display_name": "pointing"}
    text = client.get("/models/hands/label_map", headers={"Accept": "text/plain"})
    assert text.mimetype == "text/plain"
    assert parse_label_map(text.text) == parse_label_map(LABEL_MAP)
    refused = client.get("/models/hands/label_map", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused.content_type == "application/problem+json"


def test_a_model_without_a_label_map_is_a_404_there(new_client: NewClient) -> None:
    client = new_client(models_dir=None)
    answer = client.get("/models/hands/label_map")
    assert answer.status_code == 404
    assert "no label map" in answer.get_json()["detail"]


def test_with_no_model_page_readiness_and_predictions_say_how_to_add_one(
    new_client: NewClient, tmp_path: Path, png: bytes, fake: FakeModelServer
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    client = new_client(model_name=None, models_dir=empty)
    page = client.get("/")
    assert page.status_code == 200
    assert "saved_model.pb" in page.text
    for answer in (
        client.get("/readyz"),
        client.post("/predict", data=png, content_type="image/png"),
    ):
        assert answer.status_code == 503
        assert "saved_model.pb" in answer.get_json()["detail"]
    assert client.get("/models").get_json() == {"models": []}
    assert client.get("/healthz").status_code == 200

    # Published while it runs, it is picked up.
    (empty / "hands" / "1").mkdir(parents=True)
    assert client.post("/predict", data=png, content_type="image/png").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert "<form" in client.get("/").text
    # It stays the default when another one comes.
    (empty / "cats" / "1").mkdir(parents=True)
    assert client.get("/models/hands").get_json()["default"] is True


def test_several_models_that_appear_at_once_make_none_the_default(
    new_client: NewClient, tmp_path: Path, png: bytes
) -> None:
    folder = tmp_path / "several"
    folder.mkdir()
    client = new_client(model_name=None, models_dir=folder)
    for name in ("hands", "cats"):
        (folder / name / "1").mkdir(parents=True)
    answer = client.post("/predict", data=png, content_type="image/png")
    assert answer.status_code == 400
    assert answer.get_json()["detail"] == (
        "several models are served and none is the default: cats, hands; name one in the path, "
        "/models/NAME/predict, or set MODEL_NAME"
    )
    by_name = client.post("/models/hands/predict", data=png, content_type="image/png")
    assert by_name.status_code == 200
    assert "/?model=hands" in client.get("/").text
    assert 'action="/models/hands/predict"' in client.get("/?model=hands").text


@pytest.mark.parametrize("state", ["LOADING", "START", "END"])
def test_ready_needs_an_available_version(
    client: FlaskClient, fake: FakeModelServer, state: str
) -> None:
    fake.models["hands"][1] = FakeVersion(state=state)
    for path in ("/readyz", "/v2/health/ready"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert state in answer.get_json()["detail"]
        assert answer.headers["Retry-After"]


def test_ready_needs_an_answered_prediction_of_each_version_and_asks_once(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    for _ in range(3):
        assert client.get("/readyz").get_json() == {
            "status": "ready",
            "model": {"name": "hands", "version": "1"},
        }
    assert len(fake.requests) == 1
    # A half-copied model loads, and then fails every prediction.
    fake.models["hands"][2] = FakeVersion(answer=lambda images: {})
    assert client.get("/readyz").status_code == 503
    fake.models["hands"][2] = FakeVersion()
    assert client.get("/v2/health/ready").get_json()["model"]["version"] == "2"


def test_ready_says_that_the_server_is_away(client: FlaskClient, fake: FakeModelServer) -> None:
    fake.failure = ModelServerUnavailable("connection refused 10.0.0.7")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.get_json()["detail"]


def test_ready_does_not_wait_for_a_first_prediction_that_takes_long(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.gate.clear()
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "first prediction" in answer.get_json()["detail"]
        assert client.get("/healthz").status_code == 200
    finally:
        fake.gate.set()


def test_alive_asks_nobody(client: FlaskClient, fake: FakeModelServer) -> None:
    fake.failure = ModelServerUnavailable("away")
    assert client.get("/healthz").status_code == 200
    assert client.get("/v2/health/live").status_code == 200


def test_the_limits_are_told(new_client: NewClient) -> None:
    client = new_client(max_request_bytes=5, max_concurrent_predictions=3)
    limits = client.get("/limits").get_json()
    assert limits["max_request_bytes"] == 5
    assert limits["max_concurrent_predictions"] == 3
    assert set(limits) == {
        "predict_timeout_s",
        "max_request_bytes",
        "max_image_pixels",
        "max_images_per_request",
        "max_concurrent_predictions",
        "max_label_map_bytes",
        "rate_limit_per_minute",
    }
