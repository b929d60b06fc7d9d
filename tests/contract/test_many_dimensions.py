"""Tensors of more dimensions than NumPy iterates over: whatever comes of them, the server stays."""

from collections import Counter

import grpc
import numpy as np
import pytest

from serving_protocol.messages import DataType, ModelSpec, PredictRequest, TensorProto
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.support import plain_http

ANSWERED_OR_REFUSED = {"200", "400", "OK", "INVALID_ARGUMENT"}
MODELS = (("shout", "text", "STRING"), ("half_plus", "x", "FLOAT"))


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
def test_nested_lists_and_tensors_of_any_rank_end_no_server(contract: Contract) -> None:
    came: Counter[str] = Counter()
    for model, alias, dtype in MODELS:
        address = f"{contract.rest_url()}/v1/models/{model}:predict"
        for depth in (31, 32, 33, 34, 64, 65, 1000):
            for key, leaf in ((k, leaf) for k in ("inputs", "instances") for leaf in ('""', "")):
                body = f'{{"{key}":{"[" * depth}{leaf}{"]" * depth}}}'
                came[str(plain_http.post(address, content=body, headers={}).status_code)] += 1
        for rank in (33, 64, 65, 254, 255):
            tensor = TensorProto(dtype=DataType.Value(f"DT_{dtype}"))
            for _ in range(rank):
                tensor.tensor_shape.dim.add(size=1)
            request = PredictRequest(model_spec=ModelSpec(name=model), inputs={alias: tensor})
            came[_code(contract, request)] += 1
    assert came.total() == len(MODELS) * (7 * 4 + 5)
    assert set(came) <= ANSWERED_OR_REFUSED, came
    answer = contract.server.predict(
        ModelSpec(name="shout"), text=np.array([b"still here"], object)
    )
    assert list(answer.outputs["loud"].string_val) == [b"STILL HERE"]


def _code(contract: Contract, request: PredictRequest) -> str:
    try:
        contract.server.predictions.Predict(request, timeout=30)
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"
