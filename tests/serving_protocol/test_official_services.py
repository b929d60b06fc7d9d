"""The official stubs against our handlers, and our stubs against the official servicers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest

from serving_protocol.messages import (
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
)
from serving_protocol.services import (
    METHODS,
    MODEL_SERVICE,
    PREDICTION_SERVICE,
    ModelServiceStub,
    PredictionServiceStub,
    service_handler,
)
from serving_protocol.tensors import decode_tensor, encode_tensor

STUBS: dict[str, Any] = {PREDICTION_SERVICE: PredictionServiceStub, MODEL_SERVICE: ModelServiceStub}
EVERY_METHOD = [(service, method) for service in METHODS for method in METHODS[service]]


class Doubling:
    """Answers Predict with twice the input; names itself where another method is called."""

    def Predict(self, request: Any, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802  # the service's name
        x = decode_tensor(request.inputs["x"])
        return PredictResponse(
            model_spec=request.model_spec, outputs={"y": encode_tensor(x + x, as_typed_values=True)}
        )

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  # the service's name
        return GetModelStatusResponse(
            model_version_status=[ModelVersionStatus(version=3, state=ModelVersionStatus.AVAILABLE)]
        )

    def __getattr__(self, method: str) -> Any:
        def refuse(request: Any, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method} of {type(request).__name__}")

        return refuse


@contextmanager
def serving(register: Any) -> Iterator[grpc.Channel]:
    server = grpc.server(ThreadPoolExecutor(2))
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        server.stop(0).wait()


@pytest.fixture(scope="module")
def our_server() -> Iterator[grpc.Channel]:
    handlers = [service_handler(service, Doubling()) for service in METHODS]
    with serving(lambda server: server.add_generic_rpc_handlers(handlers)) as channel:
        yield channel


@pytest.fixture(scope="module")
def their_stubs(official: Any) -> dict[str, Any]:
    return {
        PREDICTION_SERVICE: official("apis.prediction_service_pb2_grpc").PredictionServiceStub,
        MODEL_SERVICE: official("apis.model_service_pb2_grpc").ModelServiceStub,
    }


@pytest.fixture(scope="module")
def their_server(official: Any) -> Iterator[grpc.Channel]:
    prediction = official("apis.prediction_service_pb2_grpc")
    model = official("apis.model_service_pb2_grpc")

    def predict(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        answer = official("apis.predict_pb2").PredictResponse(model_spec=request.model_spec)
        answer.outputs["y"].CopyFrom(request.inputs["x"])
        return answer

    echo = type("Echo", (prediction.PredictionServiceServicer,), {"Predict": predict})

    def register(server: grpc.Server) -> None:
        prediction.add_PredictionServiceServicer_to_server(echo(), server)
        model.add_ModelServiceServicer_to_server(model.ModelServiceServicer(), server)

    with serving(register) as channel:
        yield channel


def test_the_official_stub_gets_a_prediction_from_our_handler(
    our_server: grpc.Channel, their_stubs: dict[str, Any], official: Any, tf: Any
) -> None:
    request = official("apis.predict_pb2").PredictRequest()
    request.model_spec.name = "doubling"
    request.model_spec.version.value = 7
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([[1.0, 2.0, 2.0]]))
    answer = their_stubs[PREDICTION_SERVICE](our_server).Predict(request, timeout=60)
    assert answer.outputs["y"].float_val == [2.0, 4.0, 4.0]
    assert tf.make_ndarray(answer.outputs["y"]).tolist() == [[2.0, 4.0, 4.0]]
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("doubling", 7)


def test_the_official_stub_gets_a_status_from_our_handler(
    our_server: grpc.Channel, their_stubs: dict[str, Any], official: Any
) -> None:
    status = official("apis.get_model_status_pb2")
    stub = their_stubs[MODEL_SERVICE](our_server)
    answer = stub.GetModelStatus(status.GetModelStatusRequest(), timeout=60)
    assert [each.version for each in answer.model_version_status] == [3]
    assert answer.model_version_status[0].state == status.ModelVersionStatus.AVAILABLE


def test_our_stub_gets_a_prediction_from_the_official_servicer(their_server: grpc.Channel) -> None:
    request = PredictRequest(model_spec=ModelSpec(name="echo", version_label="stable"))
    request.inputs["x"].CopyFrom(encode_tensor([[1, 2, 3]]))
    answer = PredictionServiceStub(their_server).Predict(request, timeout=60)
    assert decode_tensor(answer.outputs["y"]).tolist() == [[1, 2, 3]]
    assert answer.model_spec.version_label == "stable"


@pytest.mark.parametrize(
    ("service", "method"),
    [each for each in EVERY_METHOD if each[1] not in ("Predict", "GetModelStatus")],
)
def test_the_official_stub_reaches_every_method_of_ours(
    our_server: grpc.Channel, their_stubs: dict[str, Any], official: Any, service: str, method: str
) -> None:
    request_name = METHODS[service][method][0].DESCRIPTOR.name
    module = {
        "ClassificationRequest": "classification", "RegressionRequest": "regression",
        "MultiInferenceRequest": "inference", "GetModelMetadataRequest": "get_model_metadata",
        "ReloadConfigRequest": "model_management",
    }[request_name]  # fmt: skip
    request = getattr(official(f"apis.{module}_pb2"), request_name)()
    with pytest.raises(grpc.RpcError) as error:
        getattr(their_stubs[service](our_server), method)(request, timeout=60)
    assert error.value.details() == f"{method} of {request_name}"


@pytest.mark.parametrize(
    ("service", "method"), [each for each in EVERY_METHOD if each[1] != "Predict"]
)
def test_our_stub_reaches_every_method_of_the_official_servicer(
    their_server: grpc.Channel, service: str, method: str
) -> None:
    request = METHODS[service][method][0]()
    with pytest.raises(grpc.RpcError) as error:
        getattr(STUBS[service](their_server), method)(request, timeout=60)
    # The official base class says so of a method that it knows; another path is "not found".
    assert error.value.details() == "Method not implemented!"


def test_a_servicer_that_lacks_a_method_is_refused() -> None:
    with pytest.raises(AttributeError, match="Classify"):
        service_handler(PREDICTION_SERVICE, object())
