"""What is answered, by `Accept` and by `format`."""

import base64
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from client_api.errors import NotAcceptable
from client_api.requests.negotiation import answer_kind
from tests.client_api.conftest import image_file

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/*", "application/json"),
        ("image/jpeg", "image/jpeg"),
        ("image/png", "image/png"),
        ("image/webp", "image/webp"),
        ("image/*", "image/jpeg"),
        ("image/*, image/png", "image/png"),
        ("image/*;q=0.5, image/png;q=0.4", "image/jpeg"),
        ("image/jpeg;q=0, image/*", "image/png"),
        ("image/png;q=0.5, application/json;q=0.9", "application/json"),
        ("image/png, application/json;q=0.9", "image/png"),
        ("image/png, */*", "image/png"),
        ("image/png, */*;q=0.1", "image/png"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
        ("application/json;q=0, */*", "text/html"),
        ("text/plain", None),
        ("application/xml", None),
        ("image/gif", None),
        ("video/*", None),
        ("application/json;q=0", None),
        ("application/problem+json", None),
    ],
)
def test_the_accept_header_chooses_the_answer(
    client: FlaskClient, png: bytes, accept: str | None, media_type: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = client.post("/predict", data=png, content_type="image/png", headers=headers)
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Cache-Control"] == "no-store"
    if media_type is None:
        assert answer.status_code == 406
        assert answer.mimetype == "application/problem+json"
    else:
        assert answer.status_code == 200
        assert answer.mimetype == media_type


@pytest.mark.parametrize(
    ("accept", "answer_format", "media_type"),
    [
        ("image/png", "json", "application/json"),
        ("text/plain", "json", "application/json"),
        ("application/json", "image", "image/jpeg"),
        ("image/webp", "image", "image/webp"),
        ("application/json", "both", "application/json"),
        ("text/html", "json", "application/json"),
        (BROWSER, "image", "image/webp"),
    ],
)
def test_format_overrides_accept(accept: str, answer_format: str, media_type: str) -> None:
    parsed = parse_accept_header(accept, MIMEAccept)
    assert answer_kind(parsed, answer_format).media_type == media_type


def test_nothing_acceptable_names_what_is_answered() -> None:
    with pytest.raises(NotAcceptable, match="image/webp"):
        answer_kind(parse_accept_header("text/plain", MIMEAccept), None)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_the_annotated_image_is_upright_and_drawn_on(client: FlaskClient, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = image_file("JPEG", (64, 32), exif=exif)
    answer = client.post(
        "/predict",
        data=sideways,
        content_type="image/jpeg",
        headers={"Accept": f"image/{name}"},
    )
    drawn = Image.open(BytesIO(answer.get_data()))
    assert drawn.format == name.upper()
    assert drawn.size == (32, 64)
    assert len(drawn.convert("RGB").getcolors(100_000) or []) > 1


def test_both_brings_the_image_in_the_json(client: FlaskClient, png: bytes) -> None:
    answer = client.post("/predict?format=both", data=png, content_type="image/png")
    annotated = answer.get_json()["annotated"]
    assert annotated["media_type"] == "image/jpeg"
    assert Image.open(BytesIO(base64.b64decode(annotated["b64"]))).size == (64, 32)


def test_both_draws_each_of_several_images(client: FlaskClient, png: bytes) -> None:
    other = image_file("PNG", (10, 40))
    data = {"image": [(BytesIO(png), "a"), (BytesIO(other), "b")], "format": "both"}
    results = client.post("/predict", data=data).get_json()["results"]
    sizes = [
        Image.open(BytesIO(base64.b64decode(each["annotated"]["b64"]))).size for each in results
    ]
    assert sizes == [(64, 32), (10, 40)]


def test_an_image_as_the_answer_takes_exactly_one(client: FlaskClient, png: bytes) -> None:
    data = {"image": [(BytesIO(png), "a"), (BytesIO(png), "b")]}
    answer = client.post("/predict", data=data, headers={"Accept": "image/jpeg"})
    assert answer.status_code == 400
    assert "exactly one" in answer.get_json()["detail"]


def test_an_image_larger_than_webp_can_hold_is_a_406_that_says_so(client: FlaskClient) -> None:
    long = image_file("PNG", (17_000, 1))
    answer = client.post(
        "/predict", data=long, content_type="image/png", headers={"Accept": "image/webp"}
    )
    assert answer.status_code == 406
    assert "image/png" in answer.get_json()["detail"]


def test_a_format_in_the_form_goes_over_an_accept_that_nothing_matches(
    client: FlaskClient, png: bytes
) -> None:
    data = {"image": (BytesIO(png), "a.png"), "format": "json"}
    answer = client.post("/predict", data=data, headers={"Accept": "text/plain"})
    assert answer.status_code == 200
    data = {"image": (BytesIO(png), "a.png")}
    assert client.post("/predict", data=data, headers={"Accept": "text/plain"}).status_code == 406
