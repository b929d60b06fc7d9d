"""Predict over gRPC: versions, labels, tensors in and out."""

from typing import Any

import numpy as np
import pytest

from serving_protocol.messages import ModelSpec, PredictRequest, TensorProto, TensorShapeProto
from serving_protocol.tensors import decode_tensor, encode_tensor
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract


def half_plus(**choice: Any) -> ModelSpec:
    spec = ModelSpec(name="half_plus")
    if "version" in choice:
        spec.version.value = choice["version"]
    if "label" in choice:
        spec.version_label = choice["label"]
    return spec


@pytest.mark.parametrize(
    ("choice", "version"),
    [
        ({}, 2),
        ({"version": 1}, 1),
        ({"version": 2}, 2),
        ({"label": "stable"}, 1),
        ({"label": "canary"}, 2),
    ],
)
def test_a_request_chooses_its_version_and_is_told_the_number(
    contract: Contract, choice: dict[str, Any], version: int
) -> None:
    answer = contract.server.predict(half_plus(**choice), x=np.array([2, 4], np.float32))
    assert list(answer.outputs["y"].float_val) == [2 + version, 3 + version]
    assert answer.model_spec == ModelSpec(
        name="half_plus", version={"value": version}, signature_name="serving_default"
    )


def test_outputs_come_in_typed_fields_with_their_shape(contract: Contract) -> None:
    answer = contract.server.predict(
        ModelSpec(name="sums"), a=np.ones((3, 2), np.float32), b=np.zeros((3, 2), np.float32)
    )
    assert sorted(answer.outputs) == ["difference", "sum"]
    for tensor in answer.outputs.values():
        assert list(tensor.float_val) == [1.0] * 6
        assert not tensor.tensor_content
        assert [dim.size for dim in tensor.tensor_shape.dim] == [3, 2]


@pytest.mark.parametrize(
    ("what", "tensor", "expected"),
    [
        ("bytes", {"tensor_content": np.array([2, 4], np.float32).tobytes()}, [2, 4]),
        ("one value for all", {"float_val": [2]}, [2, 2]),
        ("no value", {}, [0, 0]),
        ("too many values", {"float_val": [2, 4, 6]}, [2, 4]),
    ],
)
def test_inputs_may_take_every_form_that_a_tensor_has(
    contract: Contract, what: str, tensor: dict[str, Any], expected: list[float]
) -> None:
    request = PredictRequest(model_spec=half_plus(version=1))
    request.inputs["x"].CopyFrom(
        TensorProto(
            dtype=1, tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)]), **tensor
        )
    )
    answer = contract.server.predictions.Predict(request, timeout=30)
    assert list(answer.outputs["y"].float_val) == [value / 2 + 2 for value in expected], what


@pytest.mark.parametrize("shape", [(), (2, 2), (0,), (1, 1, 3)])
def test_declared_shapes_are_not_enforced(contract: Contract, shape: tuple[int, ...]) -> None:
    answer = contract.server.predict(half_plus(version=1), x=np.full(shape, 4, np.float32))
    y = decode_tensor(answer.outputs["y"])
    assert y.shape == shape
    assert np.all(y == 4)


def test_an_output_filter_leaves_the_other_outputs_out(contract: Contract) -> None:
    request = PredictRequest(model_spec=ModelSpec(name="sums"), output_filter=["difference"])
    for alias in ("a", "b"):
        request.inputs[alias].CopyFrom(encode_tensor(np.ones((1, 2), np.float32)))
    answer = contract.server.predictions.Predict(request, timeout=30)
    assert list(answer.outputs) == ["difference"]


def test_a_signature_is_chosen_by_name_and_named_in_the_answer(contract: Contract) -> None:
    ones = np.ones((1, 2), np.float32)
    answer = contract.server.predict(
        ModelSpec(name="sums", signature_name="only_sum"), a=ones, b=ones
    )
    assert answer.model_spec.signature_name == "only_sum"
    assert list(answer.outputs) == ["sum"]


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
def test_strings_go_in_and_out(contract: Contract) -> None:
    answer = contract.server.predict(
        ModelSpec(name="shout"), text=np.array([b"hand", b"\xff\x00a"], object)
    )
    assert list(answer.outputs["loud"].string_val) == [b"HAND", b"\xff\x00A"]


def test_messages_may_be_larger_than_grpc_allows_by_default(contract: Contract) -> None:
    x = np.arange(2_000_000, dtype=np.float32)
    answer = contract.server.predict(half_plus(version=1), x=x)
    np.testing.assert_array_equal(decode_tensor(answer.outputs["y"]), x / 2 + 2)
