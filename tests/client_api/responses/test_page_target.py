"""What the page's form can ask: models, versions, labels, pipelines, chosen without scripts."""

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from client_api.errors import UnknownModel
from client_api.pipelines import Pipeline
from client_api.responses.page_target import Target
from tests.client_api.conftest import NewClient
from tests.client_api.responses.test_pages import HTML
from tests.support.fake_model_server import FakeModelServer, FakeVersion

CONFIG = """
model_config_list { config {
    name: "hands" base_path: "/models/hands" model_platform: "tensorflow"
    version_labels { key: "stable" value: 1 }
} }
"""


@pytest.mark.parametrize(
    ("text", "target", "path"),
    [
        ("hands", Target("hands"), "/models/hands/predict"),
        ("hands/versions/2", Target("hands", 2), "/models/hands/versions/2/predict"),
        ("a b/labels/s%", Target("a b", label="s%"), "/models/a%20b/labels/s%25/predict"),
        ("pipelines/pair", Target(None, pipeline="pair"), "/predict?pipeline=pair"),
        ("pipelines/versions/2", Target("pipelines", 2), "/models/pipelines/versions/2/predict"),
    ],
)
def test_a_target_is_read_and_written(text: str, target: Target, path: str) -> None:
    assert Target.parse(text) == target
    assert target.value == text
    assert target.path == path


@pytest.mark.parametrize("text", ["", "/", "hands/", "hands/versions/x", "hands/2", "a/labels/b/c"])
def test_what_is_no_target_is_unknown(text: str) -> None:
    with pytest.raises(UnknownModel):
        Target.parse(text)


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        ("hands", "/predict"),
        ("hands/versions/1", "/models/hands/versions/1/predict"),
        ("hands/labels/stable", "/models/hands/labels/stable/predict"),
    ],
)
def test_the_form_asks_what_was_chosen(
    client: FlaskClient, models_dir: Path, asked: str, action: str
) -> None:
    (models_dir / "models.config").write_text(CONFIG)
    page = client.get("/", query_string={"model": asked})
    assert page.status_code == 200
    assert f'action="{action}"' in page.text


@pytest.mark.parametrize(
    "asked",
    ["cats", "hands/versions/9", "hands/labels/canary", "../etc", "pipelines/pair", "pipelines/"],
)
def test_what_is_not_there_cannot_be_chosen(client: FlaskClient, asked: str) -> None:
    answer = client.get("/", query_string={"model": asked})
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_what_was_chosen_stays_chosen_in_the_answer_and_in_an_error(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path, png: bytes
) -> None:
    fake.models["hands"][2] = FakeVersion()
    (models_dir / "hands" / "2").mkdir()
    path = "/models/hands/versions/1/predict"
    for image, status in ((png, 200), (b"%PDF-1.7", 415)):
        data = {"image": (BytesIO(image), "a.png")}
        answer = client.post(path, data=data, headers=HTML)
        assert answer.status_code == status
        assert f'action="{path}"' in answer.text


def test_a_pipeline_is_chosen_and_stays_chosen_after_an_error(
    new_client: NewClient, png: bytes
) -> None:
    client = new_client(pipelines=(Pipeline("pair", "hands", "points"),))
    page = client.get("/", query_string={"model": "pipelines/pair"})
    assert '<option value="pipelines/pair" selected>pair: hands, then points</option>' in page.text
    action = 'action="/predict?pipeline=pair"'
    assert action in page.text
    # The fake model server has no model of points.
    data = {"image": (BytesIO(png), "a.png")}
    answer = client.post("/predict?pipeline=pair", data=data, headers=HTML)
    assert answer.status_code == 404
    assert action in answer.text
    data = {"image": (BytesIO(png), "a.png")}
    answer = client.post("/predict?pipeline=other", data=data, headers=HTML)
    assert answer.status_code == 400
    assert 'action="/predict"' in answer.text


def test_an_impossible_version_is_a_404_in_the_page(client: FlaskClient, png: bytes) -> None:
    for version in ("9", "99999999999999999999", "x"):
        data = {"image": (BytesIO(png), "a.png")}
        answer = client.post(f"/models/hands/versions/{version}/predict", data=data, headers=HTML)
        assert answer.status_code == 404
        assert answer.mimetype == "text/html"


def test_nothing_on_the_page_waits_for_the_model_server(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    assert client.get("/").status_code == 200
    assert fake.metadata_calls == 0


def test_a_page_is_asked_for_again(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"
