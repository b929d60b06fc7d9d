"""The pages, as HTML; `tests/browser` looks at them."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from client_api import app
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def submit(client: FlaskClient, **form: object) -> tuple[int, str]:
    """What a browser sends: every field of the form, empty where nothing was typed."""
    fields: dict[str, object] = {
        "score_threshold": "0.5",
        "max_detections": "100",
        "classes": "",
        "label_map": (BytesIO(b""), ""),
    }
    answer = client.post("/predict", data=fields | form, headers=HTML)
    assert answer.mimetype == "text/html"
    return answer.status_code, answer.text


def test_the_page_shows_the_limits_before_the_upload(new_client: NewClient) -> None:
    client = new_client(max_images_per_request=7, max_image_pixels=3_000_000)
    text = client.get("/").text
    assert re.search(r"Up to 7\s+images of 3 megapixels, 20 MB", text)
    assert kinds_of_scripts(text) <= {"application/json", "module"}


def kinds_of_scripts(text: str) -> set[str]:
    """What is between the tags of a script is data; what runs is a file."""
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert "application/json" in attributes or not content.strip()
    return set(re.findall(r'<script[^>]*type="([^"]*)"', text))


def test_the_result_shows_image_table_and_json(client: FlaskClient, png: bytes) -> None:
    status, text = submit(client, image=(BytesIO(png), "a.png"))
    assert status == 200
    assert "2 objects found" in text
    assert "data:image/jpeg;base64," in text
    assert "94.0%" in text
    assert "pointing" in text
    assert "&#34;detections&#34;" in text
    # The key of an image in the JSON; a random request_id may spell its letters.
    assert "&#34;b64&#34;" not in text
    assert "version 1" in text


def test_nothing_found_says_so(client: FlaskClient, png: bytes) -> None:
    status, text = submit(client, image=(BytesIO(png), "a.png"), score_threshold="1")
    assert status == 200
    assert "0 objects found" in text
    assert "Nothing scored" in text


def test_several_images_are_shown_below_one_another(client: FlaskClient, png: bytes) -> None:
    _, text = submit(client, image=[(BytesIO(png), "a.png"), (BytesIO(png), "b.png")])
    assert text.count("data:image/jpeg;base64,") == 2
    assert "Image 2: 2 objects found" in text


@pytest.mark.parametrize(
    ("form", "status", "names"),
    [
        ({"image": (BytesIO(b""), "")}, 400, "no image"),
        ({"image": (BytesIO(b"%PDF-1.7"), "a.jpg")}, 415, "PDF"),
        ({"image": (BytesIO(b"x"), "a.jpg"), "classes": "fist"}, 400, "fist"),
        ({"image": (BytesIO(b"x"), "a.jpg"), "score_threshold": "7"}, 400, "score_threshold"),
        ({"image": (BytesIO(b"x"), "a.jpg"), "label_map": "item {"}, 400, "label_map"),
    ],
)
def test_errors_are_shown_in_the_page_with_their_status(
    client: FlaskClient, form: dict[str, object], status: int, names: str
) -> None:
    shown, text = submit(client, **form)
    assert shown == status
    assert names in text
    assert 'role="alert"' in text
    assert "<form" in text


def test_who_sends_no_form_gets_a_problem(client: FlaskClient) -> None:
    answer = client.post("/predict", data=b"x", content_type="image/png", headers=HTML)
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_what_a_caller_sent_is_escaped(client: FlaskClient, png: bytes) -> None:
    _, text = submit(client, image=(BytesIO(png), "a.png"), classes="<script>alert(1)</script>")
    assert "<script>alert" not in text
    label_map = "item { id: 1 name: '<b>bold</b>' }"
    status, text = submit(client, image=(BytesIO(png), "a.png"), label_map=label_map)
    assert status == 200
    assert "<b>" not in text


def test_pages_run_scripts_of_the_gateway_alone(client: FlaskClient, png: bytes) -> None:
    posted = client.post("/predict", data={"image": (BytesIO(png), "a.png")}, headers=HTML)
    for answer in (client.get("/"), client.get("/docs"), posted):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "//" not in policy
        assert answer.headers["Permissions-Policy"].startswith("camera=(self)")


def test_what_is_no_page_runs_no_scripts(client: FlaskClient) -> None:
    for path in ("/nothing", "/models", "/static/icon.svg"):
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy


def test_the_form_asks_for_the_key_where_one_is_set(new_client: NewClient, png: bytes) -> None:
    client = new_client(api_key="right")
    assert 'name="api_key"' in client.get("/").text
    assert submit(client, image=(BytesIO(png), "a.png"), api_key="right")[0] == 200
    for form in ({"api_key": "wrong"}, {}):
        status, text = submit(client, image=(BytesIO(png), "a.png"), **form)
        assert status == 401
        assert "API key" in text
    # Only the page's form brings it so.
    data = {"image": (BytesIO(png), "a.png"), "api_key": "right"}
    assert client.post("/predict", data=data).status_code == 401


def test_nothing_comes_from_other_hosts(client: FlaskClient) -> None:
    static = Path(app.__file__).parent / "static"
    files = [each.relative_to(static).as_posix() for each in static.rglob("*") if each.is_file()]
    ours = [f"/static/{each}" for each in files if not each.endswith(".svg")]
    for path in ("/", "/docs", *ours):
        with client.get(path) as answer:
            text = answer.get_data(as_text=True)
        links = re.findall(r"""(?:href|src|url|action)\s*[=(:]\s*["']?([^"')\s]+)""", text)
        assert not [each for each in links if re.match(r"(\w+:)?//", each)], path


def test_a_page_that_embeds_an_image_is_not_kept(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    answer = client.post("/predict", data={"image": (BytesIO(png), "a.png")}, headers=HTML)
    assert answer.headers["Cache-Control"] == "no-store"
