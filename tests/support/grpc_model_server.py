"""A `FakeModelServer` behind a real gRPC server, for what only a real connection shows."""

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager

import grpc

from serving_protocol.client_errors import ModelNotFound, ModelServerError, PredictionRefused
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
from serving_protocol.model_server import ModelChoice
from serving_protocol.services import MODEL_SERVICE, PREDICTION_SERVICE, service_handler
from tests.support.fake_model_server import FakeModelServer

# How long a prediction waits for a closed gate; longer than any test's deadline.
LONG_S = 60.0


DATA_LOSS: int = grpc.StatusCode.DATA_LOSS.value[0]


class _Servicer:
    """Both services, as far as the gateway asks them."""

    def __init__(self, fake: FakeModelServer) -> None:
        self._fake = fake

    def __getattr__(self, name: str) -> object:
        return self._unimplemented

    def _unimplemented(self, request: object, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not asked by the gateway")

    def Predict(  # noqa: N802  # the service's name
        self, request: PredictRequest, context: grpc.ServicerContext
    ) -> PredictResponse:
        with _status_codes(context):
            return self._fake.predict(request, LONG_S)
        raise AssertionError("aborted")

    def GetModelMetadata(  # noqa: N802  # the service's name
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        with _status_codes(context):
            served = self._fake.signatures(_choice(request.model_spec), LONG_S)
        packed = AnyMessage(
            type_url="type.googleapis.com/tensorflow.serving.SignatureDefMap",
            value=SignatureDefMap(signature_def=served.signatures).SerializeToString(),
        )
        response = GetModelMetadataResponse(metadata={"signature_def": packed})
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = served.version
        return response

    def GetModelStatus(  # noqa: N802  # the service's name
        self, request: GetModelStatusRequest, context: grpc.ServicerContext
    ) -> GetModelStatusResponse:
        with _status_codes(context):
            states = self._fake.status(request.model_spec.name, LONG_S)
        response = GetModelStatusResponse()
        for each in states:
            state = ModelVersionState.Value(each.state)
            status = response.model_version_status.add(version=each.version, state=state)
            if each.error:
                status.status.error_code, status.status.error_message = DATA_LOSS, each.error
        return response


def _choice(spec: ModelSpec) -> ModelChoice:
    number = spec.version.value if spec.HasField("version") else None
    return ModelChoice(spec.name, number, spec.version_label or None)


@contextmanager
def _status_codes(context: grpc.ServicerContext) -> Iterator[None]:
    try:
        yield
    except ModelNotFound as error:
        context.abort(grpc.StatusCode.NOT_FOUND, str(error))
    except PredictionRefused as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except ModelServerError as error:
        context.abort(grpc.StatusCode.UNAVAILABLE, str(error))


@contextmanager
def serving(fake: FakeModelServer, port: int = 0) -> Iterator[int]:
    """`fake` behind gRPC on `port`, or on a free one; yields which."""
    server = grpc.server(
        futures.ThreadPoolExecutor(32),
        options=[("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)],
    )
    server.add_generic_rpc_handlers(
        [
            service_handler(service, _Servicer(fake))
            for service in (PREDICTION_SERVICE, MODEL_SERVICE)
        ]
    )
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield bound
    finally:
        fake.gate.set()
        server.stop(0).wait()
