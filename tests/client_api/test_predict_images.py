"""The three ways in which images come."""

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.client_api.conftest import LABEL_MAP, image_file
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)


def part(data: bytes, name: str = "a.png") -> tuple[BytesIO, str]:
    return BytesIO(data), name


def post_form(client: FlaskClient, fields: dict[str, Any]) -> TestResponse:
    """Like `client.post(data=fields)`, whose temporary files nobody closes when they are large."""
    files = {
        name: FileStorage(*value) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    boundary, body = encode_multipart(files)
    content_type = f'multipart/form-data; boundary="{boundary}"'
    return client.post("/predict", data=body, content_type=content_type)


def b64(data: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(data).decode()}


def test_a_raw_body_is_answered_as_the_contract_shows(client: FlaskClient, png: bytes) -> None:
    answer = client.post("/predict", data=png, content_type="image/png")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    document = answer.get_json()
    assert list(document) == ["request_id", "model", "image", "detections", "timing_ms"]
    assert document["model"] == {"name": "hands", "version": "1"}
    assert document["image"] == {"width": 64, "height": 32}
    assert document["detections"] == [
        {
            "class_id": 1,
            "label": "open",
            "score": pytest.approx(0.94),
            "box": {"x_min": 12.8, "y_min": 3.2, "x_max": 25.6, "y_max": 16.0},
            "box_normalized": {"x_min": 0.2, "y_min": 0.1, "x_max": 0.4, "y_max": 0.5},
        },
        {
            "class_id": 4,
            "label": "pointing",
            "score": pytest.approx(0.75),
            # The model's box reaches below the image; it is clipped.
            "box": {"x_min": 32.0, "y_min": 8.0, "x_max": 48.0, "y_max": 32.0},
            "box_normalized": {"x_min": 0.5, "y_min": 0.25, "x_max": 0.75, "y_max": 1.0},
        },
    ]
    assert list(document["timing_ms"]) == ["read", "predict", "render", "total"]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_every_format_is_read_whatever_the_file_is_called(
    client: FlaskClient, file_format: str
) -> None:
    data = {"image": part(image_file(file_format), "holiday.txt")}
    answer = client.post("/predict", data=data)
    assert answer.status_code == 200
    assert answer.get_json()["image"] == {"width": 64, "height": 32}


def test_several_images_are_answered_in_the_order_sent(client: FlaskClient, png: bytes) -> None:
    other = image_file("JPEG", (10, 40))
    answer = client.post("/predict", data={"image": [part(png), part(other), part(png)]})
    document = answer.get_json()
    assert list(document) == ["request_id", "model", "results", "timing_ms"]
    sizes = [(each["image"]["width"], each["image"]["height"]) for each in document["results"]]
    assert sizes == [(64, 32), (10, 40), (64, 32)]
    assert all(len(each["detections"]) == 2 for each in document["results"])


def test_images_of_one_size_go_together_where_the_batch_is_free(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    free = detector_signature(tensor_info("DT_UINT8", -1, -1, -1, 3))
    fake.models["hands"][1] = FakeVersion({"serving_default": free})
    answer = client.post("/predict", data={"image": [part(png)] * 1 + [part(png)]})
    assert len(answer.get_json()["results"]) == 2
    assert len(fake.requests) == 1


def test_only_the_outputs_that_are_read_are_asked_for(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    client.post("/predict", data=png, content_type="image/png")
    assert set(fake.requests[0].output_filter) == {
        "detection_boxes",
        "detection_scores",
        "detection_classes",
        "num_detections",
    }


def test_json_brings_one_image_or_several(client: FlaskClient, png: bytes) -> None:
    one = client.post("/predict", json={"image": b64(png)})
    assert one.get_json()["image"] == {"width": 64, "height": 32}
    several = client.post("/predict", json={"images": [b64(png), b64(png)]})
    assert len(several.get_json()["results"]) == 2
    list_of_one = client.post("/predict", json={"images": [b64(png)], "label_map": None})
    assert list_of_one.status_code == 200


def test_json_takes_data_urls_and_base64_in_lines(client: FlaskClient, png: bytes) -> None:
    text = base64.encodebytes(png).decode()
    for encoded in ("data:image/png;base64," + text, text):
        answer = client.post("/predict", json={"image": {"b64": encoded}})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("document", "status", "names"),
    [
        ("{", 400, "line 1"),
        ('"text"', 400, "object"),
        ("[" * 100_000, 400, "JSON"),
        ("{}", 400, "no image"),
        ('{"images": []}', 400, "no image"),
        ('{"images": {"b64": ""}}', 400, "images"),
        ('{"image": "abc"}', 400, "b64"),
        ('{"image": {"b64": 7}}', 400, "image.b64"),
        ('{"image": {"b64": "***"}}', 400, "image.b64"),
        ('{"image": {"b64": "abc"}}', 400, "image.b64"),
        ('{"image": {"b64": "ä"}}', 400, "image.b64"),
        ('{"image": {"b64": ""}}', 400, "image.b64"),
        ('{"image": {"b64": "AAAA", "name": "a"}}', 400, "'b64', 'name'"),
        (r'{"image": {"\ud800": "AAAA"}}', 400, "'\\ud800'"),
        ('{"image": {}}', 400, "keys: none"),
        ('{"image": {"b64": "AAAA"}, "image": 1}', 400, "image"),
        ('{"image": {"b64": "AAAA"}, "score_threshold": 0.1}', 400, "query string"),
        ('{"image": {"b64": "AAAA"}, "images": []}', 400, "images"),
        ('{"image": {"b64": "AAAA"}, "image": {"b64": "BBBB"}}', 400, "'image' comes twice"),
        ('{"images": [{"b64": "AAAA", "b64": "AAAA"}]}', 400, "'b64' comes twice"),
        ('{"image": {"b64": "AAAA"}, "label_map": 7}', 400, "label_map"),
        (r'{"image": {"b64": "AAAA"}, "label_map": "\ud800"}', 400, "not UTF-8"),
        (r'{"image": {"b64": "AAAA"}, "\ud800": 7}', 400, "unknown"),
        ('{"image": {"b64": "AAAA"}}', 415, "image"),
    ],
)
def test_json_of_another_shape_is_refused_by_name(
    client: FlaskClient, document: str, status: int, names: str
) -> None:
    answer = client.post("/predict", data=document, content_type="application/json")
    assert answer.status_code == status
    assert names in answer.get_json()["detail"]


def test_no_image_is_a_400(client: FlaskClient) -> None:
    form: dict[str, Any] = {"score_threshold": "0.5"}
    assert client.post("/predict", data=form, content_type="multipart/form-data").status_code == 400
    assert client.post("/predict", data={"image": (BytesIO(b""), "")}).status_code == 400
    assert client.post("/predict", data=b"", content_type="image/png").status_code == 400
    assert client.post("/predict").status_code == 400


def test_an_empty_file_is_an_unreadable_image(client: FlaskClient) -> None:
    answer = client.post("/predict", data={"image": part(b"", "empty.jpg")})
    assert answer.status_code == 415
    assert "empty" in answer.get_json()["detail"]


def test_an_image_sent_as_text_field_says_how_to_send_a_file(client: FlaskClient) -> None:
    answer = client.post("/predict", data={"image": "text"}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "file" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/octet-stream", "application/x-www-form-urlencoded", ""],
)
def test_other_content_types_are_a_415_that_names_the_three(
    client: FlaskClient, png: bytes, content_type: str
) -> None:
    answer = client.post("/predict", data=png, content_type=content_type)
    assert answer.status_code == 415
    detail = answer.get_json()["detail"]
    assert "multipart/form-data" in detail
    assert "image/*" in detail
    assert "application/json" in detail


def test_an_unreadable_upload_names_what_arrived(client: FlaskClient) -> None:
    answer = client.post("/predict", data={"image": part(b"%PDF-1.7 ...", "scan.jpg")})
    assert answer.status_code == 415
    assert "PDF" in answer.get_json()["detail"]


def test_one_unreadable_image_among_several_fails_the_request_and_is_named(
    client: FlaskClient, png: bytes
) -> None:
    data = {"image": [part(png), part(png[:60]), part(png)]}
    answer = client.post("/predict", data=data)
    assert answer.status_code == 415
    assert "image 2 of 3" in answer.get_json()["detail"]


def test_a_form_that_does_not_parse_is_a_400(client: FlaskClient) -> None:
    for body, content_type in (
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
            "multipart/form-data; boundary=x",
        ),
    ):
        answer = client.post("/predict", data=body, content_type=content_type)
        assert answer.status_code == 400, body
        assert answer.content_type == "application/problem+json"


def test_a_label_map_just_below_its_limit_passes_as_file_and_as_field(
    client: FlaskClient, png: bytes
) -> None:
    # Flask refuses form fields over 500 kB by default.
    large = (LABEL_MAP + "#" * 999_000)[:999_999]
    assert len(large) > 900_000
    as_file = post_form(client, {"image": part(png), "label_map": part(large.encode(), "l.pbtxt")})
    as_field = post_form(client, {"image": part(png), "label_map": large})
    as_text = client.post("/predict", json={"image": b64(png), "label_map": large})
    for answer in (as_file, as_field, as_text):
        assert answer.status_code == 200, answer.text
        assert answer.get_json()["detections"][0]["label"] == "open"


def test_a_label_map_over_its_limit_is_a_400(client: FlaskClient, png: bytes) -> None:
    large = "#" * 1_000_001
    as_file = post_form(client, {"image": part(png), "label_map": part(large.encode(), "l.pbtxt")})
    as_field = post_form(client, {"image": part(png), "label_map": large})
    as_text = client.post("/predict", json={"image": b64(png), "label_map": large})
    for answer in (as_file, as_field, as_text):
        assert answer.status_code == 400
        assert "label_map" in answer.get_json()["detail"]


def test_a_large_image_in_json_passes(client: FlaskClient) -> None:
    noisy = image_file("BMP", (600, 600))
    assert len(noisy) > 1_000_000
    answer = client.post(
        "/predict", data=json.dumps({"image": b64(noisy)}), content_type="application/json"
    )
    assert answer.status_code == 200


def test_unknown_parts_are_refused_by_name(client: FlaskClient, png: bytes) -> None:
    for data in (
        {"image": part(png), "picture": part(png)},
        {"image": part(png), "shape": "7"},
    ):
        answer = client.post("/predict", data=data)
        assert answer.status_code == 400
        unknown = next(name for name in data if name != "image")
        assert unknown in answer.get_json()["detail"]
