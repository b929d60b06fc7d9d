"""Counts gRPC requests in flight, and refuses new ones while the server drains.

The server keeps listening while it drains, so that health and status are still answered.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc

from server.embedded.requests_in_flight import RequestsInFlight
from serving_protocol.services import PREDICTION_SERVICE

if TYPE_CHECKING:
    # grpc's classes are generic in its stubs, not when they run.
    _Handler = grpc.RpcMethodHandler[Any, Any]
    _ServerInterceptor = grpc.ServerInterceptor[Any, Any]
else:
    _ServerInterceptor = grpc.ServerInterceptor


class DrainInterceptor(_ServerInterceptor):
    """Refuses a prediction by when it arrived, not by when a thread was free for it."""

    def __init__(self, in_flight: RequestsInFlight) -> None:
        self._in_flight = in_flight

    def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], _Handler | None]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        """The handler of the method, or one that refuses."""
        handler = continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(f"/{PREDICTION_SERVICE}/"):
            return handler
        behaviour = handler.unary_unary
        if behaviour is None:
            raise AssertionError("every method of the service is unary")
        was_draining = self._in_flight.is_draining

        def counted(request: Any, context: grpc.ServicerContext) -> Any:
            if was_draining:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the server is shutting down")
            with self._in_flight.request():
                return behaviour(request, context)

        return grpc.unary_unary_rpc_method_handler(
            counted,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
