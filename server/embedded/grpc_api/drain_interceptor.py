"""Counts gRPC requests in flight, and refuses new ones while the server drains.

The server keeps listening while it drains, so that health and status are still answered.
"""

from typing import Any

import grpc

from server.embedded.grpc_api.prediction_interceptor import (
    Behavior,
    Handler,
    PredictionInterceptor,
)
from server.embedded.requests_in_flight import RequestsInFlight


class DrainInterceptor(PredictionInterceptor):
    """Refuses a prediction by when it arrived, not by when a thread was free for it."""

    def __init__(self, in_flight: RequestsInFlight) -> None:
        self._in_flight = in_flight

    def wrap(self, handler: Handler, behavior: Behavior) -> Handler:
        """A handler that counts, or refuses."""
        was_draining = self._in_flight.is_draining

        def counted(request: Any, context: grpc.ServicerContext) -> Any:
            if was_draining:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the server is shutting down")
            with self._in_flight.request():
                return behavior(request, context)

        return grpc.unary_unary_rpc_method_handler(
            counted,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
