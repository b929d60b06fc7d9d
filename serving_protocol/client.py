"""Asking model servers over gRPC: the adapter behind the port `ModelServer`."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar, cast

import grpc

from serving_protocol.client_errors import (
    ModelServerBusy,
    ModelServerError,
    ModelServerTimeout,
    ModelServerUnavailable,
    translate,
)
from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelStatusRequest,
    ModelSpec,
    ModelVersionState,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
)
from serving_protocol.model_server import ModelChoice, ServedSignatures, VersionState
from serving_protocol.services import ModelServiceStub, PredictionServiceStub

# Answers hold filtered outputs only: kilobytes, or some megabytes with masks.
MAX_ANSWER_BYTES = 128 * 1024 * 1024

CHANNEL_OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
    # By default a channel waits up to two minutes before it looks for a lost server again.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 250),
    # A container that is made anew has another address; by default its name is looked up again
    # only after half a minute.
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    # The time that one attempt to connect may take.
    ("grpc.min_reconnect_backoff_ms", 2_000),
    # A name that stands for several servers (a headless Service) gets requests to all of them.
    ("grpc.lb_policy_name", "round_robin"),
    # Without these a peer that vanished is noticed only by the deadline of each request.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
)

# How long a request waits for a connection that is just being made again: longer than the channel
# waits between two attempts, and so short that callers learn soon of a server that is away.
RECONNECT_WAIT_S = 0.4

# How long closing waits for the first look at a channel that was just made.
FIRST_LOOK_S = 1.0

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class _Connection(NamedTuple):
    channel: grpc.Channel
    prediction: PredictionServiceStub
    model: ModelServiceStub


class _Deadline(NamedTuple):
    timeout_s: float
    at_s: float

    def remaining_s(self) -> float:
        left_s = self.at_s - time.monotonic()
        if left_s <= 0:
            raise ModelServerTimeout(f"no answer within {self.timeout_s} s")
        return left_s


class _Losses:
    """Counts how often a channel's connection ended, also one that nobody was using."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()
        self._watched: list[tuple[grpc.Channel, _Watch]] = []

    def watch(self, channel: grpc.Channel) -> None:
        """Count those of a channel from now on."""
        watch = _Watch(self._lost)
        self._watched.append((channel, watch))
        channel.subscribe(watch)

    def stop(self) -> None:
        """Watch none of the channels any more; they may be closed then."""
        watched, self._watched = self._watched, []
        for channel, watch in watched:
            # gRPC's thread fails aloud on a channel that is closed before its first look.
            watch.has_looked.wait(FIRST_LOOK_S)
            channel.unsubscribe(watch)

    def _lost(self) -> None:
        with self._lock:
            self.count += 1


class _Watch:
    """Told of each change of a channel, by one thread at a time."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self.has_looked = threading.Event()
        self._lost = lost
        self._was_ready = False

    def __call__(self, state: grpc.ChannelConnectivity) -> None:
        self.has_looked.set()
        is_ready = state is grpc.ChannelConnectivity.READY
        if self._was_ready and not is_ready:
            self._lost()
        self._was_ready = is_ready


class GrpcModelServer:
    """One or several equal model servers, over gRPC.

    Requests go to the addresses in turn; one that cannot be reached is passed over while another
    answers. Channels are made on the first request, not here: a channel that was used before
    gunicorn forked can hang for ever in the worker (grpc/grpc#41768).

    Args:
        addresses: `host:port`, at least one; `unix:/path` too.
        watches: whether `connections_lost` counts; a thread for each address looks five times a
            second then, which is the only way in which gRPC tells.

    Example:
        >>> server = GrpcModelServer(["127.0.0.1:8500"])
        >>> server.status("hands", timeout_s=1)
        [VersionState(version=2, state='AVAILABLE', error='')]
    """

    def __init__(self, addresses: Sequence[str], *, watches: bool = False) -> None:
        if not addresses:
            raise ValueError("a model server has at least one address")
        self._addresses = tuple(addresses)
        self._connections: tuple[_Connection, ...] = ()
        self._lock = threading.Lock()
        self._turns = itertools.count()
        self._watches = watches
        self._losses = _Losses()

    def predict(self, request: PredictRequest, timeout_s: float) -> PredictResponse:
        """Run a model; see `ModelServer`."""
        answer = self._ask(lambda to: to.prediction.Predict, request, timeout_s)
        return cast("PredictResponse", answer)

    def signatures(self, model: ModelChoice, timeout_s: float) -> ServedSignatures:
        """The signatures of the version that `model` chooses now; see `ModelServer`."""
        request = GetModelMetadataRequest(
            model_spec=model.model_spec(), metadata_field=["signature_def"]
        )
        answer = self._ask(lambda to: to.prediction.GetModelMetadata, request, timeout_s)
        signature_map = SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signature_map)
        version: int = answer.model_spec.version.value
        return ServedSignatures(version, dict(signature_map.signature_def))

    def status(self, name: str, timeout_s: float) -> list[VersionState]:
        """Every version of the model that the server knows; see `ModelServer`."""
        request = GetModelStatusRequest(model_spec=ModelSpec(name=name))
        answer = self._ask(lambda to: to.model.GetModelStatus, request, timeout_s)
        states = [
            VersionState(
                each.version, ModelVersionState.Name(each.state), each.status.error_message
            )
            for each in answer.model_version_status
        ]
        return sorted(states, key=lambda state: -state.version)

    def connections_lost(self) -> int:
        """How often a connection ended, where that is watched; see `ModelServer`."""
        return self._losses.count

    def close(self) -> None:
        """Close the channels; requests in flight end as `ModelServerUnavailable`."""
        with self._lock:
            self._losses.stop()
            for connection in self._connections:
                connection.channel.close()
            self._connections = ()

    def _connect(self) -> tuple[_Connection, ...]:
        with self._lock:
            if not self._connections:
                channels = [grpc.insecure_channel(to, CHANNEL_OPTIONS) for to in self._addresses]
                for channel in channels if self._watches else ():
                    self._losses.watch(channel)
                self._connections = tuple(
                    _Connection(each, PredictionServiceStub(each), ModelServiceStub(each))
                    for each in channels
                )
            return self._connections

    def _ask(
        self,
        method_of: Callable[[_Connection], "grpc.UnaryUnaryMultiCallable[Request, Answer]"],
        request: Request,
        timeout_s: float,
    ) -> Answer:
        """Ask; once more where all are away, and a connection comes back in a moment."""
        deadline = _Deadline(timeout_s, time.monotonic() + timeout_s)
        connections = self._connect()
        try:
            return self._ask_in_turn(connections, method_of, request, deadline)
        except ModelServerBusy:
            raise
        except ModelServerUnavailable:
            was_closed = self._connections is not connections
            if was_closed or not _is_back(connections, deadline):
                raise
        return self._ask_in_turn(connections, method_of, request, deadline)

    def _ask_in_turn(
        self,
        connections: Sequence[_Connection],
        method_of: Callable[[_Connection], "grpc.UnaryUnaryMultiCallable[Request, Answer]"],
        request: Request,
        deadline: _Deadline,
    ) -> Answer:
        """Ask each address once, the next in turn first, until one answers or all are away."""
        first = next(self._turns)
        failure: ModelServerError = ModelServerUnavailable("no model server was asked")
        try:
            for offset in range(len(connections)):
                connection = connections[(first + offset) % len(connections)]
                try:
                    return method_of(connection)(request, timeout=deadline.remaining_s())
                except grpc.RpcError as error:
                    failure = translate(error)
                    failure.__cause__ = error
                except ValueError as error:
                    # gRPC's word for a channel that was closed by another thread meanwhile.
                    raise ModelServerUnavailable(str(error)) from error
                if not isinstance(failure, ModelServerUnavailable):
                    break
            raise failure
        finally:
            # Its traceback holds this frame, and this frame would hold it: a cycle that keeps the
            # request's hundreds of megabytes until the garbage collector comes by.
            del failure


def _is_back(connections: Sequence[_Connection], deadline: _Deadline) -> bool:
    """Whether one of them is ready, or becomes ready within `RECONNECT_WAIT_S`."""
    wait_s = min(RECONNECT_WAIT_S, deadline.remaining_s()) / len(connections)
    for connection in connections:
        try:
            ready = grpc.channel_ready_future(connection.channel)
            ready.result(timeout=wait_s)
        except grpc.FutureTimeoutError:
            ready.cancel()
        except ValueError:
            # gRPC's word for a channel that was closed by another thread meanwhile.
            return False
        else:
            return True
    return False
