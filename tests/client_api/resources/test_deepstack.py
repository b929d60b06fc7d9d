"""DeepStack's API, asked as the programs that speak it ask."""

from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer

PATH = "/v1/vision/detection"


def files(png: bytes) -> dict[str, object]:
    return {"image": (BytesIO(png), "image.jpg")}


def test_it_answers_in_deepstacks_words(client: FlaskClient, png: bytes) -> None:
    # The fake model finds boxes of a picture of 64x32.
    answer = client.post(PATH, data=files(png))
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.get_json() == {
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
    for confidence, count in (("0.2", 3), ("0.8", 1), ("0.99", 0), ("", 2)):
        answer = client.post(PATH, data=files(png) | {"min_confidence": confidence})
        assert len(answer.get_json()["predictions"]) == count


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


def test_an_error_is_a_problem_with_the_word_that_they_read(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.models.clear()
    answer = client.post(PATH, data=files(png), headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert "success" not in answer.get_json()
    assert answer.get_json()["error"]
    assert client.get(PATH).status_code == 405


def test_several_pictures_are_refused(client: FlaskClient, png: bytes) -> None:
    two = [(BytesIO(png), "a.png"), (BytesIO(png), "b.png")]
    answer = client.post(PATH, data={"image": two})
    assert answer.status_code == 400
    assert "exactly one" in answer.get_json()["detail"]
