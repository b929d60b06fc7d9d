"""Whatever is sent, the answer is no 5xx."""

import json

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from client_api.app import create_app
from client_api.settings import Settings
from tests.client_api.conftest import image_file
from tests.client_api.test_predict_images import b64
from tests.support.fake_model_server import (
    FakeModelServer,
)

NAMELESS = (
    b"Content-Disposition: form-data\r\n",
    b'Content-Disposition: form-data; filename="a.png"\r\n',
    b"Content-Disposition: \r\n",
    b"Content-Type: image/png\r\n",
    b"no header\r\n",
    b"",
)
CLASSES = b'Content-Disposition: form-data; name="classes"\r\n\r\n1'


@pytest.mark.parametrize("headers", NAMELESS)
@pytest.mark.parametrize(
    "before", [b"", b'Content-Disposition: form-data; name="classes"\r\n\r\n1']
)
@pytest.mark.parametrize("content", [image_file("PNG"), b"text"])
def test_a_part_without_a_name_is_told_how_to_have_one(
    client: FlaskClient, headers: bytes, before: bytes, content: bytes
) -> None:
    parts = [each for each in (before, headers + b"\r\n" + content) if each]
    body = b"".join(b"--x\r\n" + each + b"\r\n" for each in parts) + b"--x--\r\n"
    answer = client.post("/predict", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    detail = answer.get_json()["detail"]
    assert "part without a name is unknown" in detail
    assert 'Content-Disposition: form-data; name="image"' in detail


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ('{"image": NUMBER}', 'image: {"b64": "..."} is expected, not a number'),
        ('{"images": [-NUMBER]}', 'images[0]: {"b64": "..."} is expected, not a number'),
        ('{"image": {"b64": NUMBER}}', "image.b64: base64 text is expected, not a number"),
        ('{"truncated": NUMBER, "image": {}}', "one of refuse, accept is expected, not 'a number'"),
        ('{"label_map": NUMBER}', "label_map: the text of a .pbtxt is expected, not a number"),
        ("NUMBER", "a JSON object is expected, not a number"),
        ('{"NUMBER": 1}', "key '111"),
        (b'{"a": "\xff"}', "the JSON does not parse: byte 8 begins what is no utf-8"),
        ("[" * 100_000, "the JSON does not parse: it is nested too deeply"),
    ],
)
def test_what_is_wrong_with_json_is_named(
    client: FlaskClient, document: str | bytes, says: str
) -> None:
    if isinstance(document, str):
        # More digits than Python makes a whole number of.
        document = document.replace("NUMBER", "1" * 5000).encode()
    answer = client.post("/predict", data=document, content_type="application/json")
    assert answer.status_code == 400
    assert says in answer.get_json()["detail"]


GOOD_FORM = (
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    + image_file("PNG", (4, 3))
    + b'\r\n--x\r\nContent-Disposition: form-data; name="score_threshold"\r\n\r\n0.5\r\n--x--\r\n'
)
GOOD_JSON = json.dumps({"images": [b64(image_file("PNG", (4, 3)))]}).encode()


FUZZED = create_app(Settings(model_name="hands"), FakeModelServer())


# Pillow warns of broken files that it reads nevertheless.
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None)
@given(
    good=st.sampled_from(
        [
            (GOOD_FORM, "multipart/form-data; boundary=x"),
            (GOOD_JSON, "application/json"),
            (image_file("PNG", (4, 3)), "image/png"),
            (image_file("JPEG", (4, 3)), "image/jpeg"),
            (image_file("GIF", (4, 3)), "image/gif"),
            (image_file("TIFF", (4, 3)), "image/tiff"),
            (image_file("WEBP", (4, 3)), "image/webp"),
        ]
    ),
    at=st.floats(0, 1),
    cut=st.integers(0, 12),
    put=st.binary(max_size=12),
    accept=st.sampled_from(["*/*", "image/png", "text/html", ";q=", "*;q=nan", "a/b;q=1e999,,;"]),
)
def test_whatever_is_sent_the_answer_is_no_5xx(
    good: tuple[bytes, str], at: float, cut: int, put: bytes, accept: str
) -> None:
    body, content_type = good
    position = int(at * len(body))
    changed = body[:position] + put + body[position + cut :]
    answer = FUZZED.test_client().post(
        "/predict", data=changed, content_type=content_type, headers={"Accept": accept}
    )
    assert answer.status_code < 500
