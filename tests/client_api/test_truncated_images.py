"""`truncated=accept`: an image that ends too early, by whichever way it comes."""

import base64
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.client_api.conftest import image_file

HINT = "truncated=accept reads what is there"


def cut_jpeg() -> bytes:
    return image_file("JPEG", (64, 32))[:-2]


def post(client: FlaskClient, way: str, data: bytes, accept: str | None) -> TestResponse:
    fields = {} if accept is None else {"truncated": accept}
    if way == "raw":
        return client.post("/predict", data=data, query_string=fields, content_type="image/jpeg")
    if way == "form":
        return client.post("/predict", data={"image": (BytesIO(data), "a.jpg"), **fields})
    body = {"image": {"b64": base64.b64encode(data).decode()}, **fields}
    return client.post("/predict", json=body)


@pytest.mark.parametrize("way", ["raw", "form", "json"])
def test_a_truncated_image_is_refused_and_the_way_to_read_it_told(
    client: FlaskClient, way: str
) -> None:
    for accept in (None, "refuse"):
        answer = post(client, way, cut_jpeg(), accept)
        assert answer.status_code == 415
        assert "is cut short: its end marker is missing" in answer.get_json()["detail"]
        assert HINT in answer.get_json()["detail"]


@pytest.mark.parametrize("way", ["raw", "form", "json"])
def test_where_it_is_accepted_the_answer_says_so(client: FlaskClient, way: str) -> None:
    answer = post(client, way, cut_jpeg(), "accept")
    assert answer.status_code == 200
    assert answer.get_json()["image"] == {"width": 64, "height": 32, "truncated": True}
    assert answer.headers["X-Truncated-Images"] == "1"
    whole = post(client, way, image_file("JPEG", (64, 32)), "accept")
    assert whole.get_json()["image"] == {"width": 64, "height": 32}
    assert "X-Truncated-Images" not in whole.headers


def test_of_several_images_those_that_are_cut_are_told(client: FlaskClient) -> None:
    whole, cut = image_file("JPEG", (64, 32)), cut_jpeg()
    files = [(BytesIO(each), f"{row}.jpg") for row, each in enumerate([whole, cut, cut])]
    answer = client.post("/predict", data={"image": files, "truncated": "accept"})
    told = [each["image"].get("truncated", False) for each in answer.get_json()["results"]]
    assert told == [False, True, True]
    assert answer.headers["X-Truncated-Images"] == "2, 3"


def test_a_drawn_image_and_coco_say_it_in_the_header(client: FlaskClient) -> None:
    for query in ("format=image", "schema=coco"):
        url = f"/predict?truncated=accept&{query}"
        answer = client.post(url, data=cut_jpeg(), content_type="image/jpeg")
        assert (answer.status_code, answer.headers["X-Truncated-Images"]) == (200, "1")


def test_too_little_of_an_image_is_refused_all_the_same(client: FlaskClient) -> None:
    data = image_file("JPEG", (64, 32))
    start = data.index(b"\xff\xda")
    answer = post(client, "raw", data[: start + 14], "accept")
    assert answer.status_code == 415
    assert HINT not in answer.get_json()["detail"]


def test_other_formats_are_not_promised_to_be_read(client: FlaskClient) -> None:
    file = BytesIO()
    Image.new("RGB", (64, 32)).save(file, "TIFF")
    answer = post(client, "raw", file.getvalue()[:-200], None)
    assert answer.status_code == 415
    assert "cut short" in answer.get_json()["detail"]
    assert HINT not in answer.get_json()["detail"]


@pytest.mark.parametrize("value", ["yes", "", "Accept", "true"])
def test_another_value_is_refused(client: FlaskClient, value: str) -> None:
    answer = post(client, "raw", cut_jpeg(), value)
    assert answer.status_code == 400
    assert (
        f"parameter truncated: one of refuse, accept is expected, not {value!r}"
        in (answer.get_json()["detail"])
    )


def test_in_json_it_is_a_text(client: FlaskClient) -> None:
    body = {"image": {"b64": base64.b64encode(cut_jpeg()).decode()}, "truncated": True}
    answer = client.post("/predict", json=body)
    assert answer.status_code == 400
    assert "parameter truncated: one of refuse, accept is expected" in answer.get_json()["detail"]


def test_it_comes_once(client: FlaskClient) -> None:
    body = {"image": {"b64": base64.b64encode(cut_jpeg()).decode()}, "truncated": "accept"}
    answer = client.post("/predict?truncated=accept", json=body)
    assert answer.status_code == 400
    assert "comes twice" in answer.get_json()["detail"]


def test_swagger_tells_it(client: FlaskClient) -> None:
    operation = client.get("/swagger.json").get_json()["paths"]["/predict"]["post"]
    [parameter] = [each for each in operation["parameters"] if each["name"] == "truncated"]
    assert (parameter["enum"], parameter["default"]) == (["refuse", "accept"], "refuse")
