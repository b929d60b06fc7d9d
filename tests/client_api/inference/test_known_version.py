"""What is known of a version is kept while nothing of it can be another, and no longer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from client_api.catalog.served_versions import ServedVersion
from client_api.inference import known_version
from client_api.inference.known_version import KnownVersion, KnownVersions
from tests.client_api.conftest import LABEL_MAP
from tests.client_api.inference.model_answers import (
    IMAGE,
    IN_PIXELS,
    INSIDE,
    answers,
    found,
    version_document,
)
from tests.support.fake_model_server import FakeModelServer, FakeVersion

SAID = {"box_unit": "normalized", "box_order": "yxyx", "first_class": 1}
CARD: dict[str, Any] = {
    "schema": 1, "title": "", "created_at": "", "model": {}, "classes": [], "signatures": {},
    "preprocessing": None, "score_threshold": {"value": 0.95},
}  # fmt: skip


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models of which all was looked up."""
    looked_up: list[str] = []
    look_up = KnownVersions.of

    def noting(self: KnownVersions, served: ServedVersion) -> KnownVersion:
        looked_up.append(served.name)
        return look_up(self, served)

    monkeypatch.setattr(KnownVersions, "of", noting)
    return looked_up


@pytest.fixture
def said(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The version's folder, of which everything is said, as if long ago."""
    monkeypatch.setattr(known_version, "DATES_TELL_S", -3600.0)
    (models_dir / "hands" / "model_facts.json").write_text(json.dumps(SAID))
    return models_dir / "hands" / "1"


def labels(client: FlaskClient) -> list[object]:
    answer = client.post("/predict", data=IMAGE, content_type="image/png")
    assert answer.status_code == 200, answer.text
    return [each["label"] for each in answer.get_json()["detections"]]


def test_a_version_of_which_all_is_said_is_not_looked_up_again(
    client: FlaskClient, said: Path, looks: list[str]
) -> None:
    # The first request asks the model server for its signatures, which is a change.
    assert [labels(client) for _ in range(5)] == [["open", "pointing"]] * 5
    assert looks == ["hands"] * 2


def test_what_answers_may_still_tell_is_looked_up_each_time(
    client: FlaskClient, said: Path, looks: list[str]
) -> None:
    (said.parent / "model_facts.json").unlink()
    for _ in range(3):
        labels(client)
    assert looks == ["hands"] * 3


def test_what_was_just_written_may_be_written_again_with_the_same_date(
    client: FlaskClient, said: Path, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_version, "DATES_TELL_S", 3600.0)
    for _ in range(3):
        labels(client)
    assert looks == ["hands"] * 3


def _other_map(version: Path) -> None:
    (version.parent / "label_map.pbtxt").write_text(LABEL_MAP.replace("open", "flat"))


def _own_map(version: Path) -> None:
    (version / "label_map.pbtxt").write_text(LABEL_MAP.replace("open", "flat"))


def _map_in_assets(version: Path) -> None:
    (version / "assets").mkdir()
    (version / "assets" / "label_map.pbtxt").write_text(LABEL_MAP.replace("open", "flat"))


def _map_of_zeros(version: Path) -> None:
    version.rename(version.with_name("0001"))
    (version.with_name("0001") / "label_map.pbtxt").write_text(LABEL_MAP.replace("open", "flat"))


@pytest.mark.parametrize("change", [_other_map, _own_map, _map_in_assets, _map_of_zeros])
def test_another_label_map_is_read_at_the_next_request(
    client: FlaskClient, said: Path, change: Callable[[Path], None]
) -> None:
    assert labels(client) == ["open", "pointing"]
    change(said)
    assert labels(client) == ["flat", "pointing"]


def test_a_label_map_that_goes_is_gone_at_the_next_request(client: FlaskClient, said: Path) -> None:
    assert labels(client) == ["open", "pointing"]
    (said.parent / "label_map.pbtxt").unlink()
    assert labels(client) == [None, None]


def test_another_fact_counts_at_the_next_request(
    client: FlaskClient, said: Path, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [pytest.approx(INSIDE)]
    (said / "model_facts.json").write_text(json.dumps({"box_unit": "pixels"}))
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [pytest.approx(INSIDE)]


def test_another_threshold_of_the_card_counts_at_the_next_request(
    client: FlaskClient, said: Path, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    assert labels(client) == ["open"]
    (said / "model_card.json").write_text(json.dumps(CARD))
    assert labels(client) == []


def test_another_version_is_another_model(
    client: FlaskClient, said: Path, fake: FakeModelServer
) -> None:
    assert labels(client) == ["open", "pointing"]
    (said.parent / "2").mkdir()
    (said.parent / "2" / "label_map.pbtxt").write_text(LABEL_MAP.replace("open", "flat"))
    fake.models["hands"][2] = FakeVersion()
    assert labels(client) == ["flat", "pointing"]


def test_a_restarted_model_server_is_looked_at_anew(
    client: FlaskClient, said: Path, fake: FakeModelServer, looks: list[str]
) -> None:
    labels(client)
    labels(client)
    looks.clear()
    fake.lost += 1
    labels(client)
    assert looks == ["hands"]


def test_what_is_odd_in_an_answer_is_told_though_all_is_said(
    client: FlaskClient, said: Path, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [pytest.approx(INSIDE)]
    assert version_document(client)["facts_warnings"] == []
    answers(fake, (IN_PIXELS, 0.9, 1))
    answer = client.post("/predict", data=IMAGE, content_type="image/png").get_json()
    assert [each for each in answer["warnings"] if "image" in each]
    answers(fake, (INSIDE, 0.9, 3))
    assert found(client) == [pytest.approx(INSIDE)]
    [contradicting, unnamed] = version_document(client)["facts_warnings"]
    assert "an answer looks like boxes in pixels" in contradicting
    assert "the model answers class 3" in unnamed
