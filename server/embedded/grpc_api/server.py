"""The gRPC server: addresses, limits, threads."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc

from server.embedded.core import ModelServerCore
from server.embedded.flags import LOCAL
from server.embedded.grpc_api.drain_interceptor import DrainInterceptor
from server.embedded.grpc_api.health import HealthService
from server.embedded.grpc_api.message_size_interceptor import MessageSizeInterceptor
from server.embedded.grpc_api.model_service import ModelService
from server.embedded.grpc_api.parse_errors import log_parse_errors_in_one_line
from server.embedded.grpc_api.prediction_service import PredictionService
from server.embedded.memory_trimmer import MemoryTrimmer
from server.embedded.requests_in_flight import RequestsInFlight
from serving_protocol.services import MODEL_SERVICE, PREDICTION_SERVICE, service_handler

DEFAULT_CHANNEL_ARGUMENTS: dict[str, int | str] = {
    # gRPC's own limit is 4 MB; an image or a mask is more. No message of protobuf has more than
    # this, and TensorFlow Serving takes as many.
    "grpc.max_receive_message_length": 2**31 - 1,
    "grpc.max_send_message_length": 2**31 - 1,
    # A second server on the same port is a mistake, not a partner.
    "grpc.so_reuseport": 0,
}


@dataclass(frozen=True)
class GrpcSettings:
    """How gRPC is served.

    Attributes:
        host: address to listen on.
        port: TCP port; 0 for none.
        socket_path: UNIX socket; empty for none.
        max_threads: predictions at a time; 0: four for each processor.
        channel_arguments: options of the server; they replace our defaults.
        credentials: for TLS; None for plain text.
        serve_health: whether grpc.health.v1 is served too.
        reload_from: one of `flags.RELOADERS`.
    """

    host: str = "127.0.0.1"
    port: int = 0
    socket_path: str = ""
    max_threads: int = 0
    channel_arguments: Sequence[tuple[str, int | str]] = ()
    credentials: grpc.ServerCredentials | None = None
    serve_health: bool = False
    reload_from: str = LOCAL

    @property
    def addresses(self) -> list[str]:
        """Where to listen, in gRPC's words.

        Example:
            >>> GrpcSettings(host="::1", port=8500, socket_path="/run/socket").addresses
            ['[::1]:8500', 'unix:/run/socket']
        """
        found = []
        if self.port:
            host = f"[{self.host}]" if ":" in self.host else self.host
            found.append(f"{host}:{self.port}")
        if self.socket_path:
            found.append(f"unix:{self.socket_path}")
        return found


class AddressNotAvailable(OSError):
    """The server cannot listen where it is told to."""


class GrpcServer:
    """Serves a core over gRPC from when it is made until it is stopped.

    Args:
        core: answers the requests.
        in_flight: lets them in.
        settings: where, and within which limits.
        memory_trimmer: is told of each message; None where nothing is to be given back.

    Raises:
        AddressNotAvailable: naming the address, which another program may hold.
    """

    def __init__(
        self,
        core: ModelServerCore,
        in_flight: RequestsInFlight,
        settings: GrpcSettings,
        memory_trimmer: MemoryTrimmer | None = None,
    ) -> None:
        log_parse_errors_in_one_line()
        self._server = grpc.server(
            ThreadPoolExecutor(
                settings.max_threads or 4 * (os.cpu_count() or 1), thread_name_prefix="grpc"
            ),
            interceptors=[
                *([MessageSizeInterceptor(memory_trimmer)] if memory_trimmer else []),
                DrainInterceptor(in_flight),
            ],
            options=list((DEFAULT_CHANNEL_ARGUMENTS | dict(settings.channel_arguments)).items()),
        )
        self._server.add_generic_rpc_handlers(
            (
                service_handler(PREDICTION_SERVICE, PredictionService(core)),
                service_handler(MODEL_SERVICE, ModelService(core, settings.reload_from)),
            )
        )
        self._health: HealthService | None = None
        if settings.serve_health:
            self._health = HealthService(core, in_flight)
            self._health.add_to(self._server)
        self.addresses = settings.addresses
        for address in self.addresses:
            _listen(self._server, address, settings.credentials)
        self._server.start()

    def stop(self, grace_s: float) -> None:
        """Stop listening, and return when all answers are sent or `grace_s` has passed."""
        if self._health is not None:
            self._health.close()
        self._server.stop(grace_s).wait()


def _listen_on_socket(server: grpc.Server, address: str) -> int:
    """Open a UNIX socket that is this user's alone, from the moment that it is there."""
    umask = os.umask(0o177)
    try:
        return server.add_insecure_port(address)
    finally:
        os.umask(umask)


def _listen(server: grpc.Server, address: str, credentials: grpc.ServerCredentials | None) -> None:
    try:
        # TLS is for the network; who reaches the socket's file is the file system's to decide.
        if address.startswith("unix:"):
            bound = _listen_on_socket(server, address)
        elif credentials is None:
            bound = server.add_insecure_port(address)
        else:
            bound = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        raise AddressNotAvailable(f"cannot listen on {address}: {error}") from error
    if not bound:
        raise AddressNotAvailable(f"cannot listen on {address}")
