"""Models that failed, and folders that are none: named with their reason, never "not yet"."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer, FakeVersion
from tests.support.small_graphs import affine, write_saved_model

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
FAILED = FakeVersion(state="END", error="DATA_LOSS: /srv/models/hands/1 cannot be parsed")
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["", "/versions/1", "/labels/stable"])
def test_a_version_that_failed_is_a_404_that_says_so(
    client: FlaskClient, fake: FakeModelServer, png: bytes, path: str
) -> None:
    fake.models["hands"] = {1: FAILED}
    answer = client.post(f"/models/hands{path}/predict", data=png, content_type="image/png")
    assert answer.status_code == 404
    detail = answer.get_json()["detail"]
    assert "could not be loaded; /models/hands says why" in detail
    assert "yet" not in detail
    assert "END" not in detail
    assert "/srv" not in answer.text


def test_a_version_that_failed_beside_one_that_is_coming_is_waited_for(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.models["hands"] = {1: FAILED, 2: FakeVersion(state="LOADING")}
    answer = client.post("/models/hands/predict", data=png, content_type="image/png")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    chosen = client.post("/models/hands/versions/1/predict", data=png, content_type="image/png")
    assert chosen.status_code == 404


def test_a_version_that_is_unloaded_may_come_again(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.models["hands"] = {1: FakeVersion(state="END")}
    answer = client.post("/models/hands/predict", data=png, content_type="image/png")
    assert answer.status_code == 503


def test_ready_says_that_the_default_model_failed(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    fake.models["hands"] = {1: FAILED}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "version 1 could not be loaded" in answer.get_json()["detail"]


def test_models_tell_what_is_wrong_with_a_version(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    fake.models["hands"] = {1: FAILED}
    (models_dir / "hands" / "1" / "saved_model.pb").write_bytes(LFS)
    [version] = client.get("/models/hands").get_json()["versions"]
    assert version["error"] == (
        "the model server could not load it: saved_model.pb is a pointer of Git LFS; "
        "git lfs pull fetches the file itself"
    )
    # What shows from inside alone is in the model server's log.
    write_saved_model(models_dir / "hands" / "1", affine())
    [version] = client.get("/models/hands").get_json()["versions"]
    assert version["error"] == "the model server could not load it; its log says why"


def test_folders_that_are_no_models_are_told_in_models(
    client: FlaskClient, models_dir: Path
) -> None:
    assert "not_served" not in client.get("/models").get_json()
    write_saved_model(models_dir / "cars" / "v1", affine())
    assert client.get("/models").get_json()["not_served"] == [
        {
            "folder": "cars",
            "problem": "v1 is no version: a version's folder has a whole number as its name",
            "remedy": "rename cars/v1 to cars/1",
        }
    ]


def test_where_nothing_is_a_model_each_folder_is_named(
    new_client: NewClient, tmp_path: Path, png: bytes
) -> None:
    write_saved_model(tmp_path / "folder" / "flat", affine())
    client = new_client(model_name=None, models_dir=tmp_path / "folder")
    said = "flat: a SavedModel that lies in no numbered folder; move what is in it into flat/1"
    for answer in (
        client.get("/readyz"),
        client.post("/predict", data=png, content_type="image/png"),
        client.get("/", headers=HTML),
    ):
        assert said in answer.text
        assert str(tmp_path) not in answer.text
    (tmp_path / "folder" / "flat").rename(tmp_path / "flat")
    assert "cannot be served" not in client.get("/", headers=HTML).text
