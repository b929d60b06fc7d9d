"""Our model server as a process, with whichever models and flags a test needs."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

from serving_protocol.messages import (
    GetModelStatusRequest,
    ModelSpec,
    ModelVersionState,
    PredictRequest,
    PredictResponse,
)
from serving_protocol.services import ModelServiceStub, PredictionServiceStub
from serving_protocol.tensors import encode_tensor
from tests.support.programs import Program
from tests.support.waiting import free_port, wait_until

START_TIMEOUT_S = 120.0
SERVING = health_pb2.HealthCheckResponse.SERVING


@dataclass(frozen=True)
class RunningServer:
    """A model server that may be asked, ours or another.

    Attributes:
        grpc_address: host and port.
        rest_url: without a path; None where there is no REST.
        program: the process; None for a server that was there before.
    """

    grpc_address: str
    rest_url: str | None
    channel: grpc.Channel
    program: Program | None = None

    @property
    def predictions(self) -> PredictionServiceStub:
        """To ask it for predictions and metadata."""
        return PredictionServiceStub(self.channel)

    @property
    def models(self) -> ModelServiceStub:
        """To ask it for status, and to reload it."""
        return ModelServiceStub(self.channel)

    @property
    def own_program(self) -> Program:
        """The process of a server that the test started."""
        assert self.program is not None
        return self.program

    def predict(self, spec: ModelSpec, timeout_s: float = 30, **inputs: object) -> PredictResponse:
        """Ask for a prediction; arrays take the place of tensors."""
        request = PredictRequest(model_spec=spec)
        for alias, array in inputs.items():
            request.inputs[alias].CopyFrom(encode_tensor(np.asarray(array)))
        response: PredictResponse = self.predictions.Predict(request, timeout=timeout_s)
        return response

    def states(self, name: str) -> dict[int, str]:
        """States of the model's versions by name; empty for a model that was never seen."""
        request = GetModelStatusRequest(model_spec=ModelSpec(name=name))
        try:
            answer = self.models.GetModelStatus(request, timeout=30)
        except grpc.RpcError:
            return {}
        return {
            status.version: ModelVersionState.Name(status.state)
            for status in answer.model_version_status
        }

    def wait_for_state(self, name: str, version: int, state: str) -> None:
        """Until the version is in that state."""
        wait_until(lambda: self.states(name).get(version) == state, f"{name} {version} is {state}")

    def health(self, service: str = "") -> int:
        """What the health service says."""
        stub = health_pb2_grpc.HealthStub(self.channel)
        request = health_pb2.HealthCheckRequest(service=service)
        return int(stub.Check(request, timeout=60).status)


def is_serving(address: str) -> bool:
    """Whether a gRPC server at the address says that it serves."""
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        with contextlib.suppress(grpc.RpcError):
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=2)
            return bool(answer.status == SERVING)
    return False


def start_model_server(
    log: Path, *flags: str, port: int, rest_port: int = 0, environment: Mapping[str, str] = {}
) -> Program:
    """Start our server on the loopback interface; it may not listen yet."""
    arguments = [
        "--host=127.0.0.1",
        f"--port={port}",
        f"--rest_api_port={rest_port}",
        "--enable_grpc_healthcheck_service",
        *flags,
    ]
    return Program("server.embedded", arguments, log, environment)


@contextmanager
def running_model_server(
    folder: Path, *flags: str, rest: bool = False, environment: Mapping[str, str] = {}
) -> Iterator[RunningServer]:
    """Our server with these flags, ready; it is stopped at the end. Its log lies in `folder`."""
    port, rest_port = free_port(), free_port() if rest else 0
    log = folder / f"model_server_{port}.log"
    with start_model_server(
        log, *flags, port=port, rest_port=rest_port, environment=environment
    ) as program:

        def is_ready() -> bool:
            assert program.process.poll() is None, f"it ended:\n{program.text()}"
            return is_serving(f"127.0.0.1:{port}")

        wait_until(is_ready, "the model server serves", START_TIMEOUT_S)
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=UNLIMITED) as channel:
            yield RunningServer(
                f"127.0.0.1:{port}",
                f"http://127.0.0.1:{rest_port}" if rest else None,
                channel,
                program,
            )


# gRPC clients refuse answers over 4 MB unless told otherwise.
UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))
