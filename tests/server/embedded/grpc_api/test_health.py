import threading
from typing import cast

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.server import GrpcServer, GrpcSettings
from server.embedded.requests_in_flight import RequestsInFlight
from tests.support.waiting import free_port, wait_until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Core:
    """As much of a core as health is about."""

    def __init__(self) -> None:
        self.ready = False

    def is_ready(self) -> bool:
        return self.ready


def test_the_last_look_counts_whoever_looks_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    core, port = Core(), free_port()
    settings = GrpcSettings(port=port, serve_health=True)
    is_told, may_tell = threading.Event(), threading.Event()
    tell = health.HealthServicer.set

    def held_up(servicer: health.HealthServicer, service: str, status: int) -> None:
        if status == SERVING and not is_told.is_set():
            is_told.set()
            may_tell.wait(30)
        tell(servicer, service, status)

    monkeypatch.setattr(health.HealthServicer, "set", held_up)
    server = GrpcServer(cast("ModelServerCore", core), RequestsInFlight(), settings)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)

        def check() -> int:
            return int(stub.Check(health_pb2.HealthCheckRequest(), timeout=30).status)

        assert check() == NOT_SERVING
        # The server looks by itself too, and is held up before it tells that it is ready ...
        core.ready = True
        wait_until(is_told.is_set, "the server has noticed that it is ready")
        core.ready = False
        # ... while somebody asks, who has to wait for that, or may not be overruled by it.
        asked = stub.Check.future(health_pb2.HealthCheckRequest(), timeout=30)
        threading.Timer(0.2, may_tell.set).start()
        assert asked.result().status == NOT_SERVING
        assert may_tell.wait(30)
        assert check() == NOT_SERVING
        core.ready = True
        assert check() == SERVING
    server.stop(0)
