"""Whose names the classes get, and when a label map and a model disagree."""

import errno
import os
from io import BytesIO
from pathlib import Path
from typing import IO, cast

import pytest
from flask.testing import FlaskClient

from client_api.catalog.model_catalog import ModelCatalog
from tests.client_api.conftest import LABEL_MAP, NewClient
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)

OTHER = "item { id: 1 name: 'cat' } item { id: 4 name: 'dog' }"


def labels(client: FlaskClient, png: bytes, path: str = "/predict", **form: object) -> list[object]:
    answer = client.post(path, data={"image": (BytesIO(png), "a.png"), **form})
    assert answer.status_code == 200, answer.text
    return [each["label"] for each in answer.get_json()["detections"]]


def test_the_label_map_sent_wins_in_all_its_ways(client: FlaskClient, png: bytes) -> None:
    assert labels(client, png) == ["open", "pointing"]
    assert labels(client, png, label_map=OTHER) == ["cat", "dog"]
    assert labels(client, png, label_map=(BytesIO(OTHER.encode()), "x.pbtxt")) == ["cat", "dog"]
    # A browser sends an empty part where no file was chosen.
    assert labels(client, png, label_map=(BytesIO(b""), "")) == ["open", "pointing"]


def test_without_any_label_map_the_label_is_null(new_client: NewClient, png: bytes) -> None:
    client = new_client(models_dir=None)
    assert labels(client, png) == [None, None]
    answer = client.post("/predict?classes=open", data=png, content_type="image/png")
    assert answer.status_code == 400
    assert "no label map" in answer.get_json()["detail"]
    assert client.post("/predict?classes=1", data=png, content_type="image/png").status_code == 200


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("item { id: 1 name: 'a' } item { id: 1 name: 'b' }", "twice"),
        ("item { id: -1 name: 'a' }", "0 or 1"),
        ("item { id: 0 name: 'background' }", "only item"),
        ("item { name: 'a' }", "id"),
        ("item { id: 1 name: 'a'", "label_map"),
        ("nonsense", "label_map"),
        ("item { id: 1 nam: 'a' }", "nam"),
        (f"item {{ id: 1 name: '{'a' * 1001}' }}", "at most 1000"),
    ],
)
def test_a_bad_label_map_is_a_400_with_the_reason(
    client: FlaskClient, png: bytes, text: str, names: str
) -> None:
    answer = client.post("/predict", data={"image": (BytesIO(png), "a.png"), "label_map": text})
    assert answer.status_code == 400
    assert names in answer.get_json()["detail"]


def test_ids_beyond_the_models_classes_are_a_422(client: FlaskClient, png: bytes) -> None:
    shifted = "item { id: 5 name: 'other model' }"
    answer = client.post("/predict", data={"image": (BytesIO(png), "a.png"), "label_map": shifted})
    assert answer.status_code == 422
    assert "5" in answer.get_json()["detail"]
    assert "1 to 4" in answer.get_json()["detail"]


def test_the_models_own_label_map_counts_where_its_signature_counts_less(
    new_client: NewClient, models_dir: Path, png: bytes
) -> None:
    (models_dir / "hands" / "label_map.pbtxt").write_text(LABEL_MAP + "item { id: 9 name: 'x' }")
    client = new_client()
    assert labels(client, png, label_map="item { id: 9 name: 'y' }") == [None, None]
    answer = client.post(
        "/predict",
        data={"image": (BytesIO(png), "a.png"), "label_map": "item { id: 10 name: 'y' }"},
    )
    assert answer.status_code == 422


def test_a_model_that_does_not_say_how_many_classes_it_has_takes_any_label_map(
    new_client: NewClient, fake: FakeModelServer, png: bytes
) -> None:
    signature = detector_signature()
    del signature.outputs["raw_detection_scores"]
    fake.models["hands"][1] = FakeVersion({"serving_default": signature})
    client = new_client(models_dir=None)
    assert labels(client, png, label_map="item { id: 999 name: 'y' }") == [None, None]


def test_a_model_that_is_no_detector_is_a_422_that_says_what_was_found(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    classifier = detector_signature()
    classifier.outputs.clear()
    classifier.outputs["probabilities"].CopyFrom(tensor_info("DT_FLOAT", -1, 1000))
    fake.models["hands"][1] = FakeVersion({"serving_default": classifier})
    answer = client.post("/predict", data=png, content_type="image/png")
    assert answer.status_code == 422
    assert "probabilities" in answer.get_json()["detail"]
    listed = client.get("/models/hands").get_json()["versions"][0]
    assert "probabilities" in listed["signature_error"]
    assert listed["signature"] == "serving_default"
    assert listed["outputs"] == {"probabilities": {"dtype": "float", "shape": [None, 1000]}}


@pytest.mark.parametrize(
    "place",
    [
        "1/label_map.pbtxt",
        "1/assets.extra/label_map.pbtxt",
        "1/assets/label_map.pbtxt",
        "label_map.pbtxt",
    ],
)
def test_a_published_label_map_is_found_in_each_of_its_places(tmp_path: Path, place: str) -> None:
    file = tmp_path / "hands" / place
    file.parent.mkdir(parents=True)
    (tmp_path / "hands" / "1").mkdir(exist_ok=True)
    file.write_text(OTHER)
    label_map = ModelCatalog(tmp_path).label_map("hands", 1).label_map
    assert label_map is not None
    assert label_map.label(4) == "dog"


def test_the_versions_own_label_map_comes_before_the_models(tmp_path: Path) -> None:
    (tmp_path / "hands" / "0002").mkdir(parents=True)
    (tmp_path / "hands" / "1").mkdir()
    (tmp_path / "hands" / "label_map.pbtxt").write_text(LABEL_MAP)
    (tmp_path / "hands" / "0002" / "label_map.pbtxt").write_text(OTHER)
    published = ModelCatalog(tmp_path)
    found = [published.label_map("hands", number).label_map for number in (1, 2)]
    assert [each and each.label(1) for each in found] == ["open", "cat"]


def test_a_changed_label_map_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "hands" / "1").mkdir(parents=True)
    file = tmp_path / "hands" / "label_map.pbtxt"
    file.write_text(LABEL_MAP)
    published = ModelCatalog(tmp_path)
    first = published.label_map("hands", 1)
    assert published.label_map("hands", 1) is first
    file.write_text(OTHER)
    os.utime(file, ns=(1, 1))
    changed = published.label_map("hands", 1).label_map
    assert changed is not None
    assert changed.label(1) == "cat"


def test_what_could_not_be_read_is_read_the_next_time(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (models_dir / "hands" / "1" / "model_card.json").write_text("{")
    published = ModelCatalog(models_dir)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as full:
        full.setattr(Path, "open", refuse)
        full.setattr(Path, "read_bytes", refuse)
        assert published.label_map("hands", 1).problem == "the label map cannot be read"
        assert published.card("hands", 1).problem == "the model card cannot be read"
    (models_dir / "hands" / "1" / "model_card.json").unlink()
    assert published.label_map("hands", 1).label_map is not None
    assert published.card("hands", 1).problem is None


def test_a_file_that_goes_before_it_is_read_is_none(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, read = ModelCatalog(models_dir), Path.open

    def gone_before(path: Path, mode: str) -> IO[bytes]:
        path.unlink()
        return cast("IO[bytes]", read(path, mode))

    monkeypatch.setattr(Path, "open", gone_before)
    found = published.label_map("hands", 1)
    assert (found.label_map, found.problem) == (None, None)


@pytest.mark.parametrize("content", [b"item { id: 1", b"\xff\xfe", b"", b"#" * 1_000_001])
def test_a_broken_published_label_map_never_takes_predictions_down(
    client: FlaskClient,
    models_dir: Path,
    png: bytes,
    content: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (models_dir / "hands" / "label_map.pbtxt").write_bytes(content)
    assert labels(client, png) == [None, None]
    assert "is not used" in caplog.text
    version = client.get("/models/hands").get_json()["versions"][0]
    assert version["labels"] is None
    assert version["label_map_error"]
    assert client.get("/models/hands/label_map").status_code == 404


@pytest.mark.parametrize("name", ["..", "../models/hands", "/etc", "", ".", "hands\0", "a" * 5000])
def test_a_name_from_a_url_does_not_lead_out_of_the_folder(models_dir: Path, name: str) -> None:
    assert ModelCatalog(models_dir / "hands").label_map(name, 1).label_map is None
