"""grpc.health.v1, true to whether predictions are answered now.

TensorFlow Serving's says SERVING from the start to the end.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.model_service import in_threads
from server.embedded.requests_in_flight import RequestsInFlight

# As `tensorflow_model_server` names them.
SERVICES = ("", "ModelService", "PredictionService")
WATCH_INTERVAL_S = 0.2


class HealthService:
    """Answers Check from the state of things, and tells watchers when it changes."""

    def __init__(self, core: ModelServerCore, in_flight: RequestsInFlight) -> None:
        self._core = core
        self._in_flight = in_flight
        # Watchers take no thread each; one thread sends to all.
        self._watched = health.HealthServicer(
            experimental_non_blocking=True,
            experimental_thread_pool=ThreadPoolExecutor(1, thread_name_prefix="health watch"),
        )
        self._stopping = threading.Event()
        # Whoever looks says what it saw before another one looks: watchers hear what is true last.
        self._looking = threading.Lock()
        self._last: int | None = None
        self._refresh()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def add_to(self, server: grpc.Server) -> None:
        """Serve it."""
        threads = ThreadPoolExecutor(1, thread_name_prefix="health check")
        servicer: Any = self._watched
        check = servicer.Check

        def checked(request: Any, context: grpc.ServicerContext) -> Any:
            self._refresh()
            return check(request, context)

        # A server whose threads are all busy is still alive.
        servicer.Check = in_threads(threads, checked)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        self._thread.start()

    def close(self) -> None:
        """Tell watchers that it is over."""
        self._stopping.set()
        self._watched.enter_graceful_shutdown()

    def _run(self) -> None:
        while not self._stopping.wait(WATCH_INTERVAL_S):
            self._refresh()

    def _refresh(self) -> None:
        with self._looking:
            is_serving = self._core.is_ready() and not self._in_flight.is_draining
            status = health_pb2.HealthCheckResponse.ServingStatus.Value(
                "SERVING" if is_serving else "NOT_SERVING"
            )
            if status != self._last:
                self._last = status
                for service in SERVICES:
                    self._watched.set(service, status)
