"""Which version answers a request that names none."""

import errno
import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.support.fake_model_server import FakeModelServer, FakeVersion


@pytest.fixture
def two_versions(fake: FakeModelServer) -> FakeModelServer:
    fake.models["hands"] = {1: FakeVersion(labels=["stable"]), 2: FakeVersion()}
    return fake


def point_stable_at(models_dir: Path, version: int) -> None:
    (models_dir / "models.config").write_text(
        'model_config_list { config { name: "hands" base_path: "/models/hands" '
        f'model_platform: "tensorflow" version_labels {{ key: "stable" value: {version} }} }} }}'
    )


def answering_version(client: FlaskClient, png: bytes, path: str = "/predict") -> str:
    answer = client.post(path, data=png, content_type="image/png")
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["model"]["version"])


def test_without_a_stable_version_the_newest_answers(
    client: FlaskClient, two_versions: FakeModelServer, png: bytes
) -> None:
    assert answering_version(client, png) == "2"


def test_the_stable_version_answers_as_soon_as_there_is_one(
    client: FlaskClient, two_versions: FakeModelServer, models_dir: Path, png: bytes
) -> None:
    assert answering_version(client, png) == "2"
    point_stable_at(models_dir, 1)
    assert answering_version(client, png) == "1"
    assert answering_version(client, png, "/models/hands/predict") == "1"
    assert answering_version(client, png, "/models/hands/versions/2/predict") == "2"
    assert client.get("/readyz").get_json()["model"]["version"] == "1"
    (models_dir / "models.config").unlink()
    assert answering_version(client, png) == "2"
    assert client.get("/readyz").get_json()["model"]["version"] == "2"


def test_a_server_that_does_not_know_the_label_yet_answers_with_its_newest(
    client: FlaskClient, two_versions: FakeModelServer, models_dir: Path, png: bytes
) -> None:
    two_versions.models["hands"][1].labels = []
    point_stable_at(models_dir, 1)
    assert answering_version(client, png) == "2"


def test_a_config_that_does_not_parse_leaves_the_stable_version_as_it_was(
    client: FlaskClient, two_versions: FakeModelServer, models_dir: Path, png: bytes
) -> None:
    point_stable_at(models_dir, 1)
    assert answering_version(client, png) == "1"
    (models_dir / "models.config").write_text("model_config_list {")
    assert answering_version(client, png) == "1"


def test_a_config_that_cannot_be_read_for_a_moment_is_read_the_next_time(
    client: FlaskClient,
    two_versions: FakeModelServer,
    models_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    point_stable_at(models_dir, 1)
    assert client.get("/models/hands").get_json()["version_labels"] == {"stable": "1"}
    point_stable_at(models_dir, 2)
    os.utime(models_dir / "models.config", ns=(1, 1))
    with monkeypatch.context() as full:
        full.setattr("client_api.catalog.stable_version.read_model_config", refuse)
        labels = client.get("/models/hands").get_json()["version_labels"]
        assert labels == {"stable": "1"}
    assert client.get("/models/hands").get_json()["version_labels"] == {"stable": "2"}


def test_the_label_map_is_the_stable_versions(
    client: FlaskClient, two_versions: FakeModelServer, models_dir: Path
) -> None:
    for version, name in ((1, "old"), (2, "new")):
        folder = models_dir / "hands" / str(version)
        folder.mkdir(exist_ok=True)
        (folder / "label_map.pbtxt").write_text(f"item {{ id: 1 name: '{name}' }}")
    assert client.get("/models/hands/label_map").get_json()["items"][0]["name"] == "new"
    point_stable_at(models_dir, 1)
    assert client.get("/models/hands/label_map").get_json()["items"][0]["name"] == "old"
