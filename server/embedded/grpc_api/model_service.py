"""`tensorflow.serving.ModelService`, in threads of its own.

Status must be answered while predictions keep all threads busy, and reloads may wait for hours for
a model to appear, so neither takes a prediction's thread.
"""

import ipaddress
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import grpc

from server.embedded.core import ModelServerCore
from server.embedded.errors import ServingError
from server.embedded.flags import LOCAL
from server.embedded.grpc_api.error_status import abort_on_error
from serving_protocol.messages import (
    GetModelStatusRequest,
    GetModelStatusResponse,
    ReloadConfigRequest,
    ReloadConfigResponse,
)

STATUS_THREADS = 4
_WHO = {LOCAL: "callers on its own machine", "nobody": "nobody"}
# A reload that finds all places taken by waiting ones is refused, not queued without an answer.
MAX_WAITING_RELOADS = 16


class ModelService:
    """Answers GetModelStatus and HandleReloadConfigRequest.

    Args:
        core: has the models.
        reload_from: whose reloads are heard, one of `flags.RELOADERS`.
    """

    def __init__(self, core: ModelServerCore, reload_from: str = LOCAL) -> None:
        self._core = core
        self._reload_from = reload_from
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
            self._check_caller(context.peer())
            if not self._reloads.acquire(blocking=False):
                raise ServingError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    f"{MAX_WAITING_RELOADS} reloads are waiting for their models already",
                )
            try:
                return self._core.reload_config(request, lambda: not context.is_active())
            finally:
                self._reloads.release()

    def _check_caller(self, peer: str) -> None:
        """Refuse callers that may not say which folders are served."""
        if self._reload_from == "anyone" or (self._reload_from == LOCAL and is_local(peer)):
            return
        raise ServingError(
            grpc.StatusCode.PERMISSION_DENIED,
            f"this server reloads its config for {_WHO[self._reload_from]} "
            "(--reload_config_from=anyone allows it)",
        )


def is_local(peer: str) -> bool:
    """Whether gRPC's name of a caller is of this machine.

    Example:
        >>> is_local("ipv4:127.0.0.1:51234"), is_local("ipv6:[2001:db8::1]:51234")
        (True, False)
    """
    kind, _, address = unquote(peer).partition(":")
    if kind == "unix":
        return True
    host = address.rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def in_threads(
    threads: ThreadPoolExecutor, behaviour: Callable[[Any, grpc.ServicerContext], Any]
) -> Callable[[Any, grpc.ServicerContext], Any]:
    """`behaviour` as gRPC runs it in `threads` instead of the server's own."""

    def in_own_threads(request: Any, context: grpc.ServicerContext) -> Any:
        return behaviour(request, context)

    # grpc's `_select_thread_pool_for_behavior` reads it; `grpcio-health-checking` sets it too.
    in_own_threads.experimental_thread_pool = threads  # type: ignore[attr-defined]  # on a function
    return in_own_threads
