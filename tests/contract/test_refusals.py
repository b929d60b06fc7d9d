"""The status codes and messages of TensorFlow Serving, word for word, and its order of checks."""

from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import pytest

from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelStatusRequest,
    ModelConfig,
    ModelConfigList,
    ModelServerConfig,
    ModelSpec,
    PredictRequest,
    ReloadConfigRequest,
    TensorProto,
)
from serving_protocol.tensors import encode_tensor
from tests.contract.conftest import Contract

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
FLOATS = encode_tensor(np.array([1, 2], np.float32))
PAIRS = encode_tensor(np.ones((1, 2), np.float32))


def refusal(call: Callable[..., Any], request: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as raised:
        call(request, timeout=30)
    return raised.value.code(), str(raised.value.details())


def predict(
    name: str = "half_plus", inputs: dict[str, TensorProto] | None = None, **spec: Any
) -> PredictRequest:
    if inputs is None:
        inputs = {"x": FLOATS}
    outputs = spec.pop("output_filter", [])
    return PredictRequest(
        model_spec=ModelSpec(name=name, **spec), inputs=inputs, output_filter=outputs
    )


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (PredictRequest(), INVALID, "Missing ModelSpec"),
        (predict(""), INVALID, "ModelSpec has no name specified."),
        (predict("nobody"), NOT_FOUND, "Servable not found for request: Latest(nobody)"),
        (
            predict(version={"value": 9}),
            NOT_FOUND,
            "Servable not found for request: Specific(half_plus, 9)",
        ),
        (
            predict(version={"value": 0}),
            NOT_FOUND,
            "Servable not found for request: Specific(half_plus, 0)",
        ),
        (
            predict(version_label="odd"),
            INVALID,
            "Unrecognized servable version label: odd",
        ),
        (
            predict("nobody", version_label="odd"),
            INVALID,
            "Unrecognized servable version label: odd",
        ),
        (
            predict(signature_name="odd"),
            grpc.StatusCode.FAILED_PRECONDITION,
            'Serving signature key "odd" not found.',
        ),
        (
            predict("sums", {"a": PAIRS}),
            INVALID,
            "input size does not match signature: 1!=2 len({a}) != len({a,b}). Sent extra: {}. "
            "Missing but required: {b}.",
        ),
        (
            predict(inputs={"z": FLOATS, "x": FLOATS}),
            INVALID,
            "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. "
            "Missing but required: {}.",
        ),
        (
            predict(inputs={"x": TensorProto(dtype=1, tensor_content=b"abc")}),
            INVALID,
            "tensor parsing error: x",
        ),
        (
            predict(output_filter=["odd"]),
            INVALID,
            "output tensor alias not found in signature: odd Outputs expected to be in the set "
            "{y}.",
        ),
        (predict(output_filter=["y", "y"]), INVALID, "duplicate output tensor alias: y"),
        # Two mistakes at a time: the earlier check speaks.
        (predict("nobody", signature_name="odd"), NOT_FOUND, "Servable not found"),
        (predict("sums", {}, signature_name="odd"), grpc.StatusCode.FAILED_PRECONDITION, "Serving"),
        (
            predict("sums", {"a": TensorProto(dtype=1, tensor_content=b"abc")}),
            INVALID,
            "input size",
        ),
        (
            predict(inputs={"z": FLOATS}, output_filter=["odd"]),
            INVALID,
            "Signature input alias: x(",
        ),
    ],
)
def test_predict_refuses_with_code_and_words(
    contract: Contract, request_: PredictRequest, code: grpc.StatusCode, message: str
) -> None:
    actual_code, actual = refusal(contract.server.predictions.Predict, request_)
    assert actual_code == code
    assert actual.startswith(message)


def test_another_input_name_is_refused_with_the_names_that_there_are(contract: Contract) -> None:
    code, message = refusal(contract.server.predictions.Predict, predict(inputs={"z": FLOATS}))
    assert code == INVALID
    assert message.startswith("Signature input alias: x(feed name: ")
    assert "not found in request and no default value provided." in message


def test_the_init_operation_has_nothing_to_answer(contract: Contract) -> None:
    call = contract.server.predictions.Predict
    code, _ = refusal(call, predict(inputs={}, signature_name="__saved_model_init_op"))
    assert code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)


def test_another_dtype_is_refused_and_nothing_is_cast(contract: Contract) -> None:
    tensors = {"x": encode_tensor(np.array([1.0]))}
    code, message = refusal(contract.server.predictions.Predict, predict(inputs=tensors))
    assert code == INVALID
    assert "to be float but double is provided" in message or "actual double" in message


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (GetModelMetadataRequest(), "Missing ModelSpec"),
        (
            GetModelMetadataRequest(model_spec=ModelSpec(name="half_plus")),
            "GetModelMetadataRequest must specify at least one metadata_field",
        ),
        (
            GetModelMetadataRequest(
                model_spec=ModelSpec(name="half_plus"), metadata_field=["signature_def", "odd"]
            ),
            "Metadata field odd is not supported",
        ),
    ],
)
def test_metadata_refuses_in_these_words(
    contract: Contract, request_: GetModelMetadataRequest, message: str
) -> None:
    call = contract.server.predictions.GetModelMetadata
    assert refusal(call, request_) == (INVALID, message)


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (GetModelStatusRequest(), INVALID, "Missing ModelSpec"),
        (
            GetModelStatusRequest(model_spec=ModelSpec(name="nobody")),
            NOT_FOUND,
            "Could not find any versions of model nobody",
        ),
        (
            GetModelStatusRequest(model_spec=ModelSpec(name="half_plus", version={"value": 9})),
            NOT_FOUND,
            "Could not find version 9 of model half_plus",
        ),
    ],
)
def test_status_refuses_with_code_and_words(
    contract: Contract, request_: GetModelStatusRequest, code: grpc.StatusCode, message: str
) -> None:
    assert refusal(contract.server.models.GetModelStatus, request_) == (code, message)


def reload_request(*models: ModelConfig) -> ReloadConfigRequest:
    return ReloadConfigRequest(
        config=ModelServerConfig(model_config_list=ModelConfigList(config=models))
    )


TWIN = ModelConfig(name="half_plus", base_path="/m", model_platform="tensorflow")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            ReloadConfigRequest(),
            "ServerModelConfig type not supported by HandleReloadConfigRequest.",
        ),
        (
            reload_request(TWIN, TWIN),
            "Illegal to list model half_plus multiple times in config list",
        ),
        (
            reload_request(ModelConfig(name="m", base_path="m", model_platform="tensorflow")),
            "Expected model m to have an absolute path or URI; got base_path()=m",
        ),
        (
            reload_request(ModelConfig(name="half_plus", base_path="/m", model_platform="other")),
            "Illegal to change a model's platform.",
        ),
    ],
)
def test_a_reload_is_refused_and_the_models_stay(
    contract: Contract, request_: ReloadConfigRequest, message: str
) -> None:
    code, actual = refusal(contract.server.models.HandleReloadConfigRequest, request_)
    assert (code, actual[: len(message)]) == (INVALID, message)
    assert contract.server.predictions.Predict(predict(), timeout=30).model_spec.version.value == 2
