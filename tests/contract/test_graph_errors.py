"""What a graph says of a request that it cannot compute, with the request's bytes in its words."""

import base64
import json
from typing import Any

import grpc
import numpy as np
import pytest

from serving_protocol.messages import ModelSpec, PredictRequest, TensorProto
from serving_protocol.tensors import encode_tensor
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.support import plain_http

pytestmark = pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)

TAKES_EXAMPLES = "regress_x_to_y"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(range(256)) * 20
NO_EXAMPLES = {
    "a JPEG": JPEG,
    "bytes that are no UTF-8": b"\xff\xfe\xfd",
    "UTF-8 cut short": "händer".encode()[:2],
    "an encoded surrogate": b"\xed\xa0\x80",
    "UTF-8": "händer".encode() * 2,
    "control characters": bytes(range(32)) + b"\x7f",
    "a zero": b"\0\0\xff",
}


def refusal(contract: Contract, data: bytes) -> str:
    """What is said of bytes that are no `tf.Example`, which must be INVALID_ARGUMENT."""
    spec = ModelSpec(name="examples", signature_name=TAKES_EXAMPLES)
    request = PredictRequest(model_spec=spec)
    request.inputs["inputs"].CopyFrom(encode_tensor(np.array([data], object)))
    with pytest.raises(grpc.RpcError) as raised:
        contract.server.predictions.Predict(request, timeout=30)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    return str(raised.value.details())


@pytest.mark.parametrize("data", NO_EXAMPLES.values(), ids=NO_EXAMPLES)
def test_bytes_that_are_no_example_are_the_callers_mistake(contract: Contract, data: bytes) -> None:
    message = refusal(contract, data)
    assert "Could not parse example input, value: '" in message
    assert len(message.encode()) < 4096


@pytest.mark.parametrize("data", NO_EXAMPLES.values(), ids=NO_EXAMPLES)
def test_rest_says_the_same_in_json(contract: Contract, data: bytes) -> None:
    body = {
        "signature_name": TAKES_EXAMPLES,
        "inputs": [{"b64": base64.b64encode(data).decode()}],
    }
    url = f"{contract.rest_url()}/v1/models/examples:predict"
    response = plain_http.post(url, json=body)
    assert response.status_code == 400
    answer: dict[str, Any] = json.loads(response.content.decode("utf-8", "replace"))
    assert answer.keys() == {"error"}
    assert "Could not parse example input, value: '" in answer["error"]


@pytest.mark.parametrize("rank", [33, 64, 255])
def test_strings_of_too_many_dimensions_are_refused_and_the_server_lives(
    contract: Contract, rank: int
) -> None:
    tensor = TensorProto(dtype=7, string_val=[b"a"])
    for _ in range(rank):
        tensor.tensor_shape.dim.add(size=1)
    request = PredictRequest(model_spec=ModelSpec(name="shout"), inputs={"text": tensor})
    with pytest.raises(grpc.RpcError) as raised:
        contract.server.predictions.Predict(request, timeout=30)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    body = '{"inputs": ' + "[" * rank + '"a"' + "]" * rank + "}"
    url = f"{contract.rest_url()}/v1/models/shout:predict"
    assert plain_http.post(url, content=body).status_code == 400
    again = contract.server.predict(ModelSpec(name="shout"), text=np.array([b"a"], object))
    assert list(again.outputs["loud"].string_val) == [b"A"]


@pytest.mark.parametrize("rank", [16, 32])
def test_strings_of_fewer_dimensions_are_computed(contract: Contract, rank: int) -> None:
    text = np.full((1,) * rank, b"a", object)
    answer = contract.server.predict(ModelSpec(name="shout"), text=text)
    assert list(answer.outputs["loud"].string_val) == [b"A"]
