"""Whatever is sent, the answer is no 5xx."""

import json

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from client_api.app import create_app
from client_api.settings import Settings
from tests.client_api.conftest import picture_file
from tests.client_api.test_predict_pictures import b64
from tests.support.fake_model_server import (
    FakeModelServer,
)


def test_a_part_without_a_name_is_a_400(client: FlaskClient, png: bytes) -> None:
    for disposition in (b"form-data", b'form-data; filename="a.png"'):
        body = b"--x\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + png + b"\r\n--x--\r\n"
        answer = client.post("/predict", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 400


GOOD_FORM = (
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    + picture_file("PNG", (4, 3))
    + b'\r\n--x\r\nContent-Disposition: form-data; name="score_threshold"\r\n\r\n0.5\r\n--x--\r\n'
)
GOOD_JSON = json.dumps({"images": [b64(picture_file("PNG", (4, 3)))]}).encode()


FUZZED = create_app(Settings(model_name="hands"), FakeModelServer())


# Pillow warns of broken files that it reads nevertheless.
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None)
@given(
    good=st.sampled_from(
        [
            (GOOD_FORM, "multipart/form-data; boundary=x"),
            (GOOD_JSON, "application/json"),
            (picture_file("PNG", (4, 3)), "image/png"),
            (picture_file("JPEG", (4, 3)), "image/jpeg"),
            (picture_file("GIF", (4, 3)), "image/gif"),
            (picture_file("TIFF", (4, 3)), "image/tiff"),
            (picture_file("WEBP", (4, 3)), "image/webp"),
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
