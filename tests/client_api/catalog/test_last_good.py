"""Files of a model that break while the gateway runs: what they said before counts."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from client_api.app import warm_up
from client_api.catalog.last_good import KEPT
from client_api.catalog.model_catalog import ModelCatalog
from model_repository.card import ModelCard
from tests.client_api.conftest import LABEL_MAP

BROKEN = [b"item { id: 1", b"\xff\xfe", b"", b"#" * 1_000_001]


def ask(client: FlaskClient, png: bytes) -> list[object]:
    answer = client.post("/predict", data={"image": (BytesIO(png), "a.png")})
    assert answer.status_code == 200, answer.text
    return [each["label"] for each in answer.get_json()["detections"]]


def version_document(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/models/hands").get_json()["versions"][0]
    return document


@pytest.mark.parametrize("content", BROKEN)
def test_a_label_map_that_breaks_leaves_the_labels_as_they_were(
    client: FlaskClient,
    models_dir: Path,
    png: bytes,
    content: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = models_dir / "hands" / "label_map.pbtxt"
    assert ask(client, png) == ["open", "pointing"]
    file.write_bytes(content)
    for _ in range(3):
        assert ask(client, png) == ["open", "pointing"]
    assert caplog.text.count(KEPT) == 1
    document = version_document(client)
    assert document["labels"] == ["open", "closed", "pointing"]
    assert document["label_map_error"].endswith(KEPT)
    assert client.get("/models/hands/label_map").status_code == 200
    file.write_text("item { id: 1 name: 'mended' }")
    assert ask(client, png) == ["mended", None]
    assert version_document(client)["label_map_error"] is None


def test_what_nobody_asked_for_before_it_broke_was_read_at_the_start(
    client: FlaskClient, models_dir: Path, png: bytes
) -> None:
    warm_up(client.application)
    (models_dir / "hands" / "label_map.pbtxt").write_bytes(BROKEN[0])
    assert ask(client, png) == ["open", "pointing"]


def test_another_graph_does_not_get_the_labels_of_the_one_before(models_dir: Path) -> None:
    catalog = ModelCatalog(models_dir)
    assert catalog.label_map("hands", 1).label_map is not None
    (models_dir / "hands" / "1" / "saved_model.pb").write_bytes(b"another")
    (models_dir / "hands" / "label_map.pbtxt").write_bytes(BROKEN[0])
    found = catalog.label_map("hands", 1)
    assert found.label_map is None
    assert found.problem is not None
    assert KEPT not in found.problem


def test_a_label_map_that_was_taken_away_is_not_remembered(models_dir: Path) -> None:
    catalog = ModelCatalog(models_dir)
    file = models_dir / "hands" / "label_map.pbtxt"
    assert catalog.label_map("hands", 1).label_map is not None
    file.unlink()
    assert catalog.label_map("hands", 1).label_map is None
    file.write_bytes(BROKEN[0])
    assert catalog.label_map("hands", 1).label_map is None
    file.write_text(LABEL_MAP)
    assert catalog.label_map("hands", 1).label_map is not None


def test_a_card_and_facts_that_break_count_as_they_were(models_dir: Path) -> None:
    version = models_dir / "hands" / "1"
    card = ModelCard("hands", "2026-01-01", {}, (), {}, None, score_threshold={"value": 0.25})
    (version / "model_card.json").write_text(card.as_json())
    (version / "model_facts.json").write_text(json.dumps({"box_order": "xyxy"}))
    catalog = ModelCatalog(models_dir)
    before = catalog.facts("hands", 1)
    assert before.problem is None
    assert catalog.score_threshold("hands", 1) == 0.25
    (version / "model_card.json").write_text("{")
    (version / "model_facts.json").write_text("{")
    assert catalog.score_threshold("hands", 1) == 0.25
    assert KEPT in (catalog.card("hands", 1).problem or "")
    after = catalog.facts("hands", 1)
    assert after.facts == before.facts
    assert KEPT in (after.problem or "")
