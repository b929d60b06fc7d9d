"""What a request may bring at most: images, pixels, bytes."""

from tests.client_api.conftest import NewClient, image_file
from tests.client_api.test_predict_images import part
from tests.support.fake_model_server import FakeModelServer


def test_more_images_than_allowed_are_a_400(new_client: NewClient, png: bytes) -> None:
    client = new_client(max_images_per_request=2)
    assert client.post("/predict", data={"image": [part(png), part(png)]}).status_code == 200
    answer = client.post("/predict", data={"image": [part(png), part(png), part(png)]})
    assert answer.status_code == 400
    assert "at most 2" in answer.get_json()["detail"]


def test_too_many_pixels_are_a_413_found_from_the_header(new_client: NewClient) -> None:
    client = new_client(max_image_pixels=64 * 32)
    fits, too_large = image_file("PNG"), image_file("PNG", (65, 32))
    assert client.post("/predict", data=fits, content_type="image/png").status_code == 200
    # Cut behind the header: what is never decoded is never missed.
    answer = client.post("/predict", data=too_large[:60], content_type="image/png")
    assert answer.status_code == 413
    assert "65x32" in answer.get_json()["detail"]


def test_the_last_of_several_images_is_looked_at_before_the_first_is_predicted(
    new_client: NewClient, fake: FakeModelServer
) -> None:
    client = new_client(max_image_pixels=64 * 32)
    fits, too_large = image_file("PNG"), image_file("PNG", (65, 32))
    for last, status in ((too_large, 413), (b"%PDF-1.7", 415)):
        answer = client.post("/predict", data={"image": [part(fits), part(fits), part(last)]})
        assert answer.status_code == status
        assert "image 3 of 3" in answer.get_json()["detail"]
    assert not fake.requests


def test_too_many_bytes_are_a_413_in_every_way(new_client: NewClient) -> None:
    client = new_client(max_request_bytes=1000)
    body = bytes(1001)
    raw = client.post("/predict", data=body, content_type="image/png")
    form = client.post("/predict", data={"image": part(body)})
    text = client.post("/predict", data=body, content_type="application/json")
    for answer in (raw, form, text):
        assert answer.status_code == 413
        assert answer.content_type == "application/problem+json"
        assert "1000" in answer.get_json()["detail"]
