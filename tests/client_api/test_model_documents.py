"""What `/models` tells of a version beyond what its server says: its card, labels and kind."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from model_repository.card import MODEL_CARD_NAME, ModelCard, Preprocessing
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)

CARD = ModelCard(
    title="Hands, small",
    created_at="2026-11-21T05:00:00+00:00",
    model={"kind": "boxes", "name": "ssd_mobilenet_v2", "input_size_hw": [256, 320]},
    classes=({"id": 1, "name": "open", "display_name": "Open"},),
    signatures={},
    preprocessing=Preprocessing("serving_default", "image_bytes", "pixels", "images", (256, 320)),
    metrics={"coco/AP": 0.41, "per class": {"open": 0.5}},
    notes=("Drawn hands.",),
)
CONFIG = """
model_config_list { config {
    name: "hands" base_path: "/models/hands" model_platform: "tensorflow"
    version_labels { key: "stable" value: 1 } version_labels { key: "canary" value: 2 }
} }
"""


def only_version(client: FlaskClient, number: str = "1") -> dict[str, Any]:
    answer = client.get("/models/hands")
    assert answer.status_code == 200
    [found] = [each for each in answer.get_json()["versions"] if each["version"] == number]
    document: dict[str, Any] = found
    return document


def publish_card(models_dir: Path, text: str) -> None:
    (models_dir / "hands" / "1" / MODEL_CARD_NAME).write_text(text)


def test_a_card_tells_title_date_metrics_and_input_size(
    client: FlaskClient, models_dir: Path
) -> None:
    publish_card(models_dir, CARD.as_json())
    version = only_version(client)
    assert version["card"] == {
        "title": "Hands, small",
        "created_at": "2026-11-21T05:00:00+00:00",
        "model": {"kind": "boxes", "name": "ssd_mobilenet_v2", "input_size_hw": [256, 320]},
        "metrics": {"coco/AP": 0.41, "per class": {"open": 0.5}},
        "parity": {},
        "notes": ["Drawn hands."],
    }
    assert version["input_size"] == {"height": 256, "width": 320}
    # The label map is what answers are named by.
    assert version["classes"][0] == {"id": 1, "name": "open", "display_name": None}
    assert len(version["classes"]) == 3


def test_without_a_label_map_the_classes_are_the_cards(
    client: FlaskClient, models_dir: Path
) -> None:
    publish_card(models_dir, CARD.as_json())
    (models_dir / "hands" / "label_map.pbtxt").unlink()
    assert only_version(client)["classes"] == [{"id": 1, "name": "open", "display_name": "Open"}]


def test_a_card_that_is_written_anew_is_read_anew(client: FlaskClient, models_dir: Path) -> None:
    assert only_version(client)["card"] is None
    publish_card(models_dir, CARD.as_json())
    assert only_version(client)["card"]["title"] == "Hands, small"
    publish_card(models_dir, CARD.as_json().replace("Hands, small", "Hands, smaller"))
    assert only_version(client)["card"]["title"] == "Hands, smaller"


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99}', "[" * 100_000])
def test_a_broken_card_costs_nothing_but_itself(
    client: FlaskClient, models_dir: Path, text: str
) -> None:
    publish_card(models_dir, text)
    version = only_version(client)
    assert version["card"] is None
    assert version["card_error"] == "the model card cannot be read"
    assert version["state"] == "AVAILABLE"


def test_a_metric_of_nothing_is_null(client: FlaskClient, models_dir: Path) -> None:
    document = json.loads(CARD.as_json())
    document["metrics"] = {"AP": float("nan"), "AR": [1.0, float("inf")]}
    publish_card(models_dir, json.dumps(document))
    assert only_version(client)["card"]["metrics"] == {"AP": None, "AR": [1.0, None]}


def test_a_cards_threshold_is_told_and_used_and_a_callers_goes_before(
    client: FlaskClient, models_dir: Path, png: bytes
) -> None:
    def found(query: str = "", path: str = "/predict") -> int:
        answer = client.post(f"{path}?{query}", data=png, content_type="image/png")
        assert answer.status_code == 200, answer.text
        return len(answer.get_json()["detections"])

    # The fake model's scores are 0.94, 0.75 and 0.1 or so.
    assert only_version(client)["score_threshold"] == {"value": 0.5, "source": "default"}
    assert found() == 2
    chosen = {"value": 0.8, "recall": 0.7, "data": "val"}
    publish_card(models_dir, replace(CARD, score_threshold=chosen).as_json())
    assert only_version(client)["score_threshold"] == {**chosen, "source": "card"}
    assert found() == found(path="/models/hands/versions/1/predict") == 1
    assert found("score_threshold=0.5") == found("confidence=0.5") == 2
    # DeepStack's callers have a default of their own.
    deepstack = client.post("/v1/vision/detection", data={"image": (BytesIO(png), "a.png")})
    assert len(deepstack.get_json()["predictions"]) == 2


@pytest.mark.parametrize("value", [None, "0.3", True, -0.1, 1.01, float("nan"), [0.3]])
def test_a_threshold_that_is_none_is_passed_over(
    client: FlaskClient, models_dir: Path, value: Any
) -> None:
    publish_card(models_dir, json.dumps({**json.loads(CARD.as_json()), "score_threshold": value}))
    assert only_version(client)["score_threshold"] == {"value": 0.5, "source": "default"}
    publish_card(models_dir, replace(CARD, score_threshold={"value": value}).as_json())
    assert only_version(client)["score_threshold"] == {"value": 0.5, "source": "default"}


def test_without_a_folder_the_model_server_alone_tells(new_client: NewClient) -> None:
    version = only_version(new_client(models_dir=None))
    assert version["card"] is None
    assert version["card_error"] is None
    assert version["classes"] is None
    assert version["input_size"] is None
    assert version["kind"] == "boxes"
    assert version["version_labels"] == []


def test_labels_and_the_version_that_is_asked_are_told(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    fake.models["hands"][2] = FakeVersion()
    assert client.get("/models/hands").get_json()["version"] == "2"
    (models_dir / "models.config").write_text(CONFIG)
    document = client.get("/models/hands").get_json()
    assert document["version"] == "1"
    assert document["version_labels"] == {"canary": "2", "stable": "1"}
    assert [each["version_labels"] for each in document["versions"]] == [["canary"], ["stable"]]


def test_the_size_that_a_signature_fixes_is_the_input_size(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    signature = detector_signature(tensor_info("DT_UINT8", 1, 240, 320, 3))
    fake.models["hands"][1] = FakeVersion({"serving_default": signature})
    assert only_version(client)["input_size"] == {"height": 240, "width": 320}


@pytest.mark.parametrize(
    ("output", "sizes", "kind"),
    [
        ("detection_masks", (-1, 3, 33, 33), "masks"),
        ("keypoints", (-1, 3, 21, 3), "keypoints"),
        # Somebody else's output of that name.
        ("keypoints", (-1, 42), "boxes"),
        ("detection_anchor_indices", (-1, 3), "boxes"),
    ],
)
def test_the_kind_is_what_the_outputs_say(
    client: FlaskClient, fake: FakeModelServer, output: str, sizes: tuple[int, ...], kind: str
) -> None:
    signature = detector_signature()
    signature.outputs[output].CopyFrom(tensor_info("DT_FLOAT", *sizes))
    fake.models["hands"][1] = FakeVersion({"serving_default": signature})
    assert only_version(client)["kind"] == kind


@pytest.mark.parametrize(
    ("states", "waited_for"),
    [
        ({1: "LOADING"}, "version 1: the model server, which is loading it"),
        ({1: "END", 2: "START"}, "version 2: the model server, which is about to load it"),
        ({1: "END"}, "another version; those that were there are unloaded"),
        ({1: "AVAILABLE", 2: "LOADING"}, None),
    ],
)
def test_a_model_without_an_available_version_says_what_it_waits_for(
    client: FlaskClient, fake: FakeModelServer, states: dict[int, str], waited_for: str | None
) -> None:
    fake.models["hands"] = {number: FakeVersion(state=state) for number, state in states.items()}
    document = client.get("/models/hands").get_json()
    assert document["waiting_for"] == waited_for
    for version in document["versions"]:
        waits = version["state"] in {"START", "LOADING"}
        assert (version["waiting_for"] is not None) == waits
