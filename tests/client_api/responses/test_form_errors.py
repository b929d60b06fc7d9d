"""Without scripts: an error stands where it belongs, and nothing has to be typed again."""

import re
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.client_api.conftest import NewClient
from tests.client_api.responses.test_pages import HTML, submit
from tests.support.fake_model_server import FakeModelServer, FakeVersion


def errors_of(text: str) -> dict[str, str]:
    """What is shown, by the id of the place."""
    found = re.findall(r'<p id="([\w-]+)-error"[^>]*role="alert">([^<]*)</p>', text)
    return {place: unescape(detail) for place, detail in found if detail.strip()}


@pytest.mark.parametrize(
    ("form", "place", "names"),
    [
        ({"image": (BytesIO(b"%PDF-1.7"), "a.jpg")}, "image", "PDF"),
        ({"image": (BytesIO(b""), "")}, "image", "no image"),
        ({"image": (BytesIO(b"x"), "a.png"), "score_threshold": "7"}, "score_threshold", "'7'"),
        ({"image": (BytesIO(b"x"), "a.png"), "max_detections": "0"}, "max_detections", "'0'"),
        ({"image": (BytesIO(b"x"), "a.png"), "classes": "fist"}, "classes", "fist"),
        ({"image": (BytesIO(b"x"), "a.png"), "label_map": "item {"}, "label-map", "label_map"),
    ],
)
def test_an_error_stands_at_its_field(
    client: FlaskClient, form: dict[str, object], place: str, names: str
) -> None:
    _, text = submit(client, **form)
    errors = errors_of(text)
    assert list(errors) == [place]
    assert names in errors[place]


def test_a_label_map_of_another_model_stands_at_the_label_map(
    client: FlaskClient, png: bytes
) -> None:
    label_map = "item { id: 9 name: 'nine' }"
    status, text = submit(client, image=(BytesIO(png), "a.png"), label_map=label_map)
    assert status == 422
    assert list(errors_of(text)) == ["label-map"]


def test_a_wrong_key_stands_at_the_key_and_is_not_repeated(
    new_client: NewClient, png: bytes
) -> None:
    client = new_client(api_key="right")
    status, text = submit(client, image=(BytesIO(png), "a.png"), api_key="wrong-one")
    assert status == 401
    assert list(errors_of(text)) == ["api-key"]
    assert "wrong-one" not in text


def test_what_is_no_fields_fault_stands_above(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.models["hands"][1] = FakeVersion(state="LOADING")
    status, text = submit(client, image=(BytesIO(png), "a.png"))
    assert status == 503
    assert errors_of(text) == {}
    assert "not available yet" in text


def test_a_parameter_that_the_form_has_not_is_named_above(client: FlaskClient, png: bytes) -> None:
    data = {"image": (BytesIO(png), "a.png")}
    answer = client.post("/predict?schema=voc", data=data, headers=HTML)
    assert answer.status_code == 400
    assert errors_of(answer.text) == {}
    assert "parameter schema" in answer.text


def value_of(text: str, name: str) -> str:
    [tag] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text)
    found = re.search(r'value="([^"]*)"', tag)
    assert found is not None
    return unescape(found.group(1))


@pytest.mark.parametrize("score_threshold", ["0.25", "much"])
def test_what_was_typed_stays_in_the_form(
    client: FlaskClient, png: bytes, score_threshold: str
) -> None:
    _, text = submit(
        client,
        image=(BytesIO(png), "a.png"),
        score_threshold=score_threshold,
        max_detections="7",
        classes='open, "<pointing>"' if score_threshold == "much" else "open, pointing",
    )
    assert value_of(text, "score_threshold") == score_threshold
    assert value_of(text, "max_detections") == "7"
    assert value_of(text, "classes").startswith("open, ")


def test_the_files_names_stand_at_their_images(client: FlaskClient, png: bytes) -> None:
    files = [(BytesIO(png), "left <1>.png"), (BytesIO(png), "right.png")]
    status, text = submit(client, image=files)
    assert status == 200
    assert text.index("left &lt;1&gt;.png") < text.index("right.png")
