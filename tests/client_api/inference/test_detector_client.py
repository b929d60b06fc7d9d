"""Versions come and go while requests are answered, and no request fails for it."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from flask.testing import FlaskClient

from client_api.errors import PredictionTimeout
from client_api.inference import deadline as deadline_module
from client_api.inference.deadline import Deadline
from client_api.inference.detector_client import group_images
from detection.images import DecodedImage, read_image
from serving_protocol.client_errors import ModelServerUnavailable
from tests.client_api.conftest import NewClient, image_file
from tests.client_api.test_predict_images import part
from tests.support.fake_model_server import (
    Answer,
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
    three_detections,
)


def ask(client: FlaskClient, png: bytes, path: str = "/predict") -> tuple[int, str]:
    answer = client.post(path, data=png, content_type="image/png")
    model = answer.get_json().get("model", {})
    return answer.status_code, model.get("version", answer.get_json().get("detail"))


def float_version(**options: object) -> FakeVersion:
    """A version with another signature: floats, under another input's name."""
    signature = detector_signature(tensor_info("DT_FLOAT", -1, 320, 320, 3), "images")
    return FakeVersion({"serving_default": signature}, **options)  # type: ignore[arg-type]  # fields


def test_ordinary_predictions_pay_no_look_at_the_metadata(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    for _ in range(5):
        assert ask(client, png) == (200, "1")
    assert fake.metadata_calls == 1


def test_a_new_version_of_the_same_signature_is_followed(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    assert ask(client, png) == (200, "1")
    fake.models["hands"][2] = FakeVersion()
    assert [ask(client, png) for _ in range(3)] == [(200, "2")] * 3
    assert fake.metadata_calls == 2


def test_a_new_version_of_another_signature_fails_no_request(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    assert ask(client, png) == (200, "1")
    fake.models["hands"][2] = float_version()
    assert ask(client, png) == (200, "2")
    del fake.models["hands"][1]
    assert ask(client, png) == (200, "2")
    # And back, as an operator rolls back.
    fake.models["hands"] = {1: FakeVersion()}
    assert ask(client, png) == (200, "1")


def test_a_server_that_returns_with_another_model_of_the_same_version_is_followed(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    path = "/models/hands/versions/1/predict"
    assert ask(client, png, path) == (200, "1")
    fake.failure = ModelServerUnavailable("away")
    assert ask(client, png, path)[0] == 503
    fake.failure = None
    fake.models["hands"][1] = float_version()
    assert ask(client, png, path) == (200, "1")
    assert ask(client, png) == (200, "1")


def test_a_version_that_is_gone_is_a_404_and_no_longer_remembered(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    path = "/models/hands/versions/1/predict"
    assert ask(client, png, path) == (200, "1")
    fake.models["hands"] = {2: FakeVersion()}
    status, detail = ask(client, png, path)
    assert status == 404
    assert "version 1" in detail


def test_the_images_of_one_request_are_answered_by_one_version(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    def and_publish(images: int) -> Answer:
        fake.models["hands"][2] = float_version()
        return three_detections(images)

    fake.models["hands"][1] = FakeVersion(answer=and_publish)
    images = [part(image_file("PNG", (10 + each, 20))) for each in range(3)]
    answer = client.post("/predict", data={"image": images})
    assert answer.get_json()["model"]["version"] == "1"
    assert len(answer.get_json()["results"]) == 3


def test_a_version_unloaded_between_two_images_starts_the_request_over(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    def and_replace(images: int) -> Answer:
        fake.models["hands"] = {2: float_version()}
        return three_detections(images)

    fake.models["hands"][1] = FakeVersion(answer=and_replace)
    images = [part(image_file("PNG", (10 + each, 20))) for each in range(3)]
    answer = client.post("/predict", data={"image": images})
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["model"]["version"] == "2"
    assert len(answer.get_json()["results"]) == 3


@pytest.mark.parametrize(
    "outputs",
    [
        {},
        {"detection_scores": np.full((1, 3), np.nan, np.float32)},
        {"detection_scores": np.full((1, 3), 7, np.float32)},
        {"detection_boxes": np.zeros((1, 3, 5), np.float32)},
        {"detection_classes": np.zeros((1, 2), np.float32)},
    ],
    ids=["missing", "nan", "score 7", "boxes of 5", "2 classes"],
)
def test_an_answer_that_is_no_detection_is_a_502(
    client: FlaskClient, fake: FakeModelServer, png: bytes, outputs: Answer
) -> None:
    def answer(images: int) -> Answer:
        return three_detections(images) | outputs if outputs else {}

    fake.models["hands"][1] = FakeVersion(answer=answer)
    status, detail = ask(client, png)
    assert status == 502
    assert "no detection" in detail


def test_many_large_images_are_not_in_memory_together(
    new_client: NewClient, fake: FakeModelServer
) -> None:
    free = detector_signature(tensor_info("DT_UINT8", -1, -1, -1, 3))
    fake.models["hands"][1] = FakeVersion({"serving_default": free})
    client = new_client(max_image_pixels=100 * 100)
    data = {"image": [part(image_file("PNG", (100, 60))) for _ in range(4)]}
    assert len(client.post("/predict", data=data).get_json()["results"]) == 4
    rows = [request.inputs["input_tensor"].tensor_shape.dim[0].size for request in fake.requests]
    assert rows == [1, 1, 1, 1]


def test_decoding_does_not_count_as_the_model_servers_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = read_image(image_file("PNG"), max_pixels=10_000)
    clock = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr(deadline_module, "time", SimpleNamespace(monotonic=lambda: clock.now_s))

    def slowly() -> Iterator[DecodedImage]:
        for _ in range(3):
            clock.now_s += 0.1
            yield image

    deadline = Deadline(0.2)
    assert [len(group) for group in group_images(slowly(), 10_000, deadline)] == [3]
    assert deadline.remaining_s() == pytest.approx(0.2)
    clock.now_s += 0.2
    with pytest.raises(PredictionTimeout):
        deadline.remaining_s()
