"""Models that take strings: which form, of which sizes together, and what stands beside them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from client_api.inference.string_forms import MAX_FAILED_ATTEMPTS
from serving_protocol.client_errors import PredictionRefused
from serving_protocol.messages import Example, SignatureDef
from serving_protocol.tensors import encode_tensor
from tests.client_api.conftest import image_file
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)

# As TensorFlow 2.21 says it, the bytes of a file cut off at its first zero.
NO_EXAMPLE = "INVALID_ARGUMENT: Could not parse example input, value: '\ufffd\ufffd [[{{node x}}]]"
NO_IMAGE = (
    "INVALID_ARGUMENT: {{function_node __inference_f_25}} Unknown image file format. One of JPEG, "
    "PNG, GIF, BMP required. [[{{node map/while/DecodeImage}}]]"
)
FactSnapshot = Callable[[dict[str, Any]], None]


def strings(name: str = "inputs", *, tensor_name: str = "x:0", **beside: Any) -> SignatureDef:
    """A signature that takes strings, and what is given beside them."""
    signature = detector_signature(tensor_info("DT_STRING", -1), name)
    signature.inputs[name].name = tensor_name
    for other, info in beside.items():
        signature.inputs[other].CopyFrom(info)
    return signature


def serve(fake: FakeModelServer, signature: SignatureDef, look: FactSnapshot | None = None) -> None:
    version = FakeVersion({"serving_default": signature})
    if look is not None:
        version.look = look
    fake.models["hands"] = {1: version}


def post(client: FlaskClient, *sizes_wh: tuple[int, int]) -> Any:
    files = [(BytesIO(image_file("JPEG", size)), "a.jpg") for size in sizes_wh or [(64, 32)]]
    return client.post("/predict", data={"image": files})


def only_examples(inputs: dict[str, Any]) -> None:
    for each in inputs["inputs"]:
        if each.startswith((b"\xff\xd8", b"\x89PNG")):
            raise PredictionRefused(NO_EXAMPLE)
        [file] = Example.FromString(each).features.feature["image/encoded"].bytes_list.value
        assert file.startswith(b"\xff\xd8")


def only_files(inputs: dict[str, Any]) -> None:
    if not all(each.startswith((b"\xff\xd8", b"\x89PNG")) for each in inputs["inputs"]):
        raise PredictionRefused(NO_IMAGE)


def counted(look: FactSnapshot, tries: list[int]) -> FactSnapshot:
    def look_and_count(inputs: dict[str, Any]) -> None:
        tries.append(1)
        look(inputs)

    return look_and_count


@pytest.mark.parametrize(
    ("tensor_name", "look", "form"),
    [
        ("serving_default_inputs:0", only_examples, "example"),
        ("serving_default_tf_example:0", only_files, "encoded"),
    ],
)
def test_the_other_form_of_strings_is_tried_once_and_remembered(
    client: FlaskClient, fake: FakeModelServer, tensor_name: str, look: FactSnapshot, form: str
) -> None:
    serve(fake, strings(tensor_name=tensor_name), look)
    tries: list[int] = []
    fake.models["hands"][1].look = counted(look, tries)
    answers = [post(client).status_code, post(client).status_code]
    answers.append(post(client, (64, 32), (30, 20), (64, 32)).status_code)
    assert answers == [200] * 3
    assert len(tries) == 1 + 1 + 1 + 2
    shown = client.get("/models/hands").get_json()["versions"][0]["facts"]["image_form"]
    assert shown == {"value": form, "source": "first answers"}


def test_several_images_of_the_first_request_fail_but_once(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    tries: list[int] = []
    serve(fake, strings(), counted(only_examples, tries))
    assert post(client, (64, 32), (30, 20), (20, 30)).status_code == 200
    assert len(tries) == 4


def test_a_form_that_was_answered_is_not_doubted_again(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    tries: list[int] = []
    serve(fake, strings(), lambda inputs: tries.append(1))
    assert post(client).status_code == 200

    def refuse(inputs: dict[str, Any]) -> None:
        tries.append(1)
        raise PredictionRefused(NO_IMAGE)

    fake.models["hands"][1].look = refuse
    assert post(client).status_code == 502
    assert len(tries) == 2


@pytest.mark.parametrize(
    ("message", "tries"),
    [
        ("INVALID_ARGUMENT: all input shapes must match", 1),
        ("FAILED_PRECONDITION: Could not parse example input", 1),
        (NO_EXAMPLE, 2),
    ],
)
def test_only_what_cannot_be_decoded_is_tried_in_the_other_form(
    client: FlaskClient, fake: FakeModelServer, message: str, tries: int
) -> None:
    seen: list[Any] = []

    def refuse(inputs: dict[str, Any]) -> None:
        seen.append(inputs)
        raise PredictionRefused(message)

    serve(fake, strings(), refuse)
    assert post(client).status_code == 502
    assert len(seen) == tries


def test_a_model_that_takes_neither_form_is_not_asked_twice_for_ever(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    seen: list[Any] = []

    def refuse(inputs: dict[str, Any]) -> None:
        seen.append(inputs)
        raise PredictionRefused(NO_IMAGE)

    serve(fake, strings(), refuse)
    for _ in range(MAX_FAILED_ATTEMPTS + 2):
        assert post(client).status_code == 502
    assert len(seen) == 2 * MAX_FAILED_ATTEMPTS + 2


def test_files_of_different_size_go_in_requests_of_their_own(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    together: list[int] = []
    serve(fake, strings(), lambda inputs: together.append(len(inputs["inputs"])))
    answer = post(client, (64, 32), (30, 20), (64, 32))
    assert together == [2, 1]
    sizes = [each["image"]["width"] for each in answer.get_json()["results"]]
    assert sizes == [64, 30, 64]
    assert post(client, (30, 20)).status_code == 200


def test_files_are_in_pixels_of_their_own_size(client: FlaskClient, fake: FakeModelServer) -> None:
    serve(fake, strings())
    fake.models["hands"][1].answer = lambda count: {
        "detection_boxes": np.array([[[8, 16, 24, 48]]] * count, np.float32),
        "detection_scores": np.full((count, 1), 0.9, np.float32),
        "detection_classes": np.ones((count, 1), np.float32),
        "num_detections": np.ones(count, np.float32),
    }
    results = post(client, (64, 32), (128, 64), (64, 32)).get_json()["results"]
    boxes = [each["detections"][0]["box"] for each in results]
    assert boxes == [{"x_min": 16.0, "y_min": 8.0, "x_max": 48.0, "y_max": 24.0}] * 3
    shares = [each["detections"][0]["box_normalized"]["x_max"] for each in results]
    assert shares == [0.75, 0.375, 0.75]


@pytest.mark.parametrize("key", ["key", "Key", "image_id"])
def test_an_input_of_keys_is_filled_in(
    client: FlaskClient, fake: FakeModelServer, key: str
) -> None:
    seen: list[Any] = []
    beside: dict[str, Any] = {key: tensor_info("DT_STRING", -1)}
    serve(fake, strings("image_bytes", **beside), seen.append)
    assert post(client, (64, 32), (64, 32)).status_code == 200
    assert seen[0][key].tolist() == [b"0", b"1"]


def with_default(name: str, value: Any, info: Any) -> SignatureDef:
    signature = strings("image_bytes", **{name: info})
    signature.defaults[name].CopyFrom(encode_tensor(np.asarray(value)))
    return signature


def test_inputs_that_have_a_default_are_left_out(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    seen: list[Any] = []
    threshold = tensor_info("DT_FLOAT")
    serve(fake, with_default("score_threshold", np.float32(0.3), threshold), seen.append)
    assert post(client).status_code == 200
    assert set(seen[0]) == {"image_bytes"}


@pytest.mark.parametrize(
    ("name", "info", "shown"),
    [
        ("score_threshold", tensor_info("DT_FLOAT"), "score_threshold: float[]"),
        ("prompt", tensor_info("DT_STRING", -1), "prompt: string[?]"),
        ("sizes", tensor_info("DT_INT32", -1, 2), "sizes: int32[?, 2]"),
    ],
)
def test_an_input_that_nothing_fills_is_a_422_that_names_it(
    client: FlaskClient, fake: FakeModelServer, name: str, info: Any, shown: str
) -> None:
    serve(fake, strings("image_bytes", **{name: info}))
    answer = post(client)
    assert answer.status_code == 422
    assert shown in answer.get_json()["detail"]
    assert "image_bytes: string[?]" in answer.get_json()["detail"]


def test_other_names_for_a_detectors_outputs_are_a_422_that_says_what_is_wanted(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    signature = SignatureDef(inputs={"images": tensor_info("DT_FLOAT", -1, 64, 64, 3)})
    for name in ("boxes", "classes", "confidence", "num_detections"):
        signature.outputs[name].CopyFrom(tensor_info("DT_FLOAT", -1, 100))
    serve(fake, signature)
    answer = post(client)
    assert answer.status_code == 422
    assert (
        "a detector answers detection_boxes, detection_classes, detection_scores, but this answers "
        "boxes, classes, confidence, num_detections"
    ) in answer.get_json()["detail"]
