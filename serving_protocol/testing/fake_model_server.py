"""A model server of TensorFlow Serving's API that behaves as a test says, over real gRPC."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc

from serving_protocol.messages import (
    Any as AnyMessage,
)
from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionState,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
)
from serving_protocol.services import METHODS, MODEL_SERVICE, PREDICTION_SERVICE
from serving_protocol.testing.behaviors import Behavior, answers
from serving_protocol.testing.detector import detector_signature

THREADS = 32
OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
)


class FakeModelServer:
    """Serves one model, a detector, for as long as a `with` block lasts.

    Args:
        model: its name; other models are not found.
        address: where it listens; a port of 0 takes a free one, which it keeps over `die` and
            `start`.

    Attributes:
        behavior: what is done with each prediction; may be set at any time, see `behaviors`.
        version: that answers, and the only one there is; may be set too.
        asked: predictions that came, so far.
        turns: a number for each request that takes one, from 0.
        running: predictions that have not ended.
    """

    def __init__(self, model: str = "detector", address: str = "127.0.0.1:0") -> None:
        self.model = model
        self.address = address
        self.behavior: Behavior = answers
        self.version = 1
        self.asked = 0
        # For behaviors that take turns, also where requests come at the same time.
        self.turns = itertools.count()
        self.running = 0
        self._lock = threading.Lock()
        self._server: grpc.Server | None = None

    def start(self) -> None:
        """Listen, again after `die`; nothing where it does.

        Raises:
            RuntimeError: the port is taken.
        """
        if self._server is not None:
            return
        server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
        for service in (PREDICTION_SERVICE, MODEL_SERVICE):
            server.add_generic_rpc_handlers([self._handler(service)])
        port = server.add_insecure_port(self.address)
        if not self.address.startswith("unix:"):
            self.address = f"{self.address.rpartition(':')[0]}:{port}"
        server.start()
        self._server = server

    def die(self, *, waits: bool = True) -> None:
        """End every connection and close the port at once, as a process that is killed.

        Args:
            waits: until that is done; a prediction that has it die must not.
        """
        with self._lock:
            server, self._server = self._server, None
        if server is None:
            return
        stopped = server.stop(0)
        if waits:
            stopped.wait()

    def wait(self, context: grpc.ServicerContext, timeout_s: float | None) -> None:
        """Return after a while, or when the caller has given up, or this is gone."""
        over = threading.Event()
        # Called for a connection that ends, on either side.
        if context.add_callback(over.set):
            over.wait(timeout_s)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def _handler(self, service: str) -> "grpc.GenericRpcHandler[Any, Any]":
        own: dict[str, Callable[[Any, grpc.ServicerContext], Any]] = {
            "Predict": self._predict,
            "GetModelMetadata": self._metadata,
            "GetModelStatus": self._status,
        }
        return grpc.method_handlers_generic_handler(
            service,
            {
                method: grpc.unary_unary_rpc_method_handler(
                    own.get(method, _unimplemented),
                    request_deserializer=request.FromString,
                    response_serializer=_bytes_of,
                )
                for method, (request, _) in METHODS[service].items()
            },
        )

    def _predict(
        self, request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse | bytes:
        self._check(request.model_spec, context)
        with self._lock:
            self.asked += 1
            self.running += 1
        try:
            return self.behavior(self, request, context)
        finally:
            with self._lock:
                self.running -= 1

    def _metadata(
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        self._check(request.model_spec, context)
        signatures = SignatureDefMap(signature_def={"serving_default": detector_signature()})
        packed = AnyMessage(
            type_url="type.googleapis.com/tensorflow.serving.SignatureDefMap",
            value=signatures.SerializeToString(),
        )
        response = GetModelMetadataResponse(metadata={"signature_def": packed})
        response.model_spec.name = self.model
        response.model_spec.version.value = self.version
        return response

    def _status(
        self, request: GetModelStatusRequest, context: grpc.ServicerContext
    ) -> GetModelStatusResponse:
        self._check(ModelSpec(name=request.model_spec.name), context)
        response = GetModelStatusResponse()
        available = ModelVersionState.Value("AVAILABLE")
        response.model_version_status.add(version=self.version, state=available)
        return response

    def _check(self, spec: ModelSpec, context: grpc.ServicerContext) -> None:
        other = spec.HasField("version") and spec.version.value != self.version
        if spec.name != self.model or other:
            asked = f"Specific({spec.name}, {spec.version.value})" if other else spec.name
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {asked}")


def _unimplemented(request: object, context: grpc.ServicerContext) -> None:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the fake has no answer to {type(request)}")


def _bytes_of(response: Any) -> bytes:
    return response if isinstance(response, bytes) else bytes(response.SerializeToString())
