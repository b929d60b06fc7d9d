"""A model server that answers as the test says, over real gRPC, and a client to ask it with."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np

from serving_protocol.client import GrpcModelServer
from serving_protocol.messages import (
    Any as AnyMessage,
)
from serving_protocol.messages import (
    GetModelMetadataResponse,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
    StatusProto,
)
from serving_protocol.model_server import ModelChoice
from serving_protocol.services import MODEL_SERVICE, PREDICTION_SERVICE, service_handler
from serving_protocol.tensors import encode_tensor
from tests.serving_protocol.signatures import signature


class Scripted:
    """A model server that answers as the model's name says, and counts who asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.release = threading.Event()

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  # the service's
        self.asked += 1
        name = request.model_spec.name
        if name.startswith("code "):
            context.abort(grpc.StatusCode[name.removeprefix("code ")], "because")
        if name.startswith("label "):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, name.removeprefix("label "))
        if name == "crash":
            raise ZeroDivisionError
        if name == "hang":
            self.release.wait(30)
        size = request.model_spec.version.value if name == "large" else 3
        return PredictResponse(
            model_spec=request.model_spec, outputs={"y": encode_tensor(np.zeros(size, np.uint8))}
        )

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  # same
        assert list(request.metadata_field) == ["signature_def"]
        answer = GetModelMetadataResponse(model_spec=ModelSpec(name=request.model_spec.name))
        answer.model_spec.version.value = request.model_spec.version.value or 5
        if request.model_spec.name != "bare":
            signatures = SignatureDefMap(
                signature_def={"s": signature("x", ("UINT8", [1, -1, -1, 3]))}
            )
            answer.metadata["signature_def"].CopyFrom(
                AnyMessage(
                    type_url="type.googleapis.com/tensorflow.serving.SignatureDefMap",
                    value=signatures.SerializeToString(),
                )
            )
        return answer

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802  # same
        states = ModelVersionStatus
        broken = StatusProto(error_code=5, error_message="no such file")
        return GetModelStatusResponse(
            model_version_status=[
                states(version=2, state=states.AVAILABLE),
                states(version=10, state=states.LOADING),
                states(version=3, state=states.END, status=broken),
            ]
        )

    def __getattr__(self, method: str) -> Any:
        return lambda request, context: context.abort(grpc.StatusCode.UNIMPLEMENTED, method)


@contextmanager
def serving(servicer: Scripted, address: str = "127.0.0.1:0") -> Iterator[str]:
    """`servicer` behind gRPC; yields its address."""
    server = grpc.server(
        ThreadPoolExecutor(8),
        options=[("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)],
    )
    for service in (PREDICTION_SERVICE, MODEL_SERVICE):
        server.add_generic_rpc_handlers([service_handler(service, servicer)])
    port = server.add_insecure_port(address)
    server.start()
    try:
        yield address if address.startswith("unix:") else f"127.0.0.1:{port}"
    finally:
        servicer.release.set()
        server.stop(0).wait()


@contextmanager
def asking(*addresses: str) -> Iterator[GrpcModelServer]:
    """A client of the servers at `addresses`, closed in the end."""
    client = GrpcModelServer(addresses)
    try:
        yield client
    finally:
        client.close()


def request(name: str, version: int | None = None) -> PredictRequest:
    """What is asked of `Scripted`: the name says what it does, a version how much it answers."""
    return PredictRequest(model_spec=ModelChoice(name, version).model_spec())
