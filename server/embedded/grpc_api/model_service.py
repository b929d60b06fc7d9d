"""`tensorflow.serving.ModelService`, in threads of its own.

Status must be answered while predictions keep all threads busy, and reloads may wait for hours for
a model to appear, so neither takes a prediction's thread.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from server.embedded.core import ModelServerCore
from server.embedded.errors import ServingError
from server.embedded.grpc_api.error_status import abort_on_error
from serving_protocol.messages import (
    GetModelStatusRequest,
    GetModelStatusResponse,
    ReloadConfigRequest,
    ReloadConfigResponse,
)

STATUS_THREADS = 4
# A reload that finds all places taken by waiting ones is refused, not queued without an answer.
MAX_WAITING_RELOADS = 16


class ModelService:
    """Answers GetModelStatus and HandleReloadConfigRequest."""

    def __init__(self, core: ModelServerCore) -> None:
        self._core = core
        self._reloads = threading.BoundedSemaphore(MAX_WAITING_RELOADS)
        status_threads = ThreadPoolExecutor(STATUS_THREADS, thread_name_prefix="status")
        # One thread more than may wait, to refuse the next.
        reload_threads = ThreadPoolExecutor(MAX_WAITING_RELOADS + 1, thread_name_prefix="reload")
        self.GetModelStatus = in_threads(status_threads, self._status)
        self.HandleReloadConfigRequest = in_threads(reload_threads, self._reload)

    def _status(
        self, request: GetModelStatusRequest, context: grpc.ServicerContext
    ) -> GetModelStatusResponse:
        with abort_on_error(context, "GetModelStatus"):
            return self._core.model_status(request)

    def _reload(
        self, request: ReloadConfigRequest, context: grpc.ServicerContext
    ) -> ReloadConfigResponse:
        with abort_on_error(context, "HandleReloadConfigRequest"):
            if not self._reloads.acquire(blocking=False):
                raise ServingError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"{MAX_WAITING_RELOADS} reloads are waiting for their models already",
                )
            try:
                return self._core.reload_config(request, lambda: not context.is_active())
            finally:
                self._reloads.release()


def in_threads(
    threads: ThreadPoolExecutor, behaviour: Callable[[Any, grpc.ServicerContext], Any]
) -> Callable[[Any, grpc.ServicerContext], Any]:
    """`behaviour` as gRPC runs it in `threads` instead of the server's own."""

    def in_own_threads(request: Any, context: grpc.ServicerContext) -> Any:
        return behaviour(request, context)

    # grpc's `_select_thread_pool_for_behavior` reads it; `grpcio-health-checking` sets it too.
    in_own_threads.experimental_thread_pool = threads  # type: ignore[attr-defined]  # on a function
    return in_own_threads
