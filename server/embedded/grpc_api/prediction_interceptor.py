"""What stands before every method of the prediction service."""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc

from serving_protocol.services import PREDICTION_SERVICE

if TYPE_CHECKING:
    # grpc's classes are generic in its stubs, not when they run.
    Handler = grpc.RpcMethodHandler[Any, Any]
    _ServerInterceptor = grpc.ServerInterceptor[Any, Any]
else:
    Handler = Any
    _ServerInterceptor = grpc.ServerInterceptor
Behavior = Callable[[Any, grpc.ServicerContext], Any]


class PredictionInterceptor(_ServerInterceptor):
    """Wraps the methods of the prediction service, all of which are unary, and no others.

    The other services choose their threads by an attribute of their methods, which a wrapped one
    would not have.
    """

    def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], Handler | None]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """The handler of the method, wrapped if it is of the prediction service."""
        handler = continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(f"/{PREDICTION_SERVICE}/"):
            return handler
        if handler.unary_unary is None:
            raise AssertionError("every method of the service is unary")
        return self.wrap(handler, handler.unary_unary)

    @abstractmethod
    def wrap(self, handler: "Handler", behavior: Behavior) -> "Handler":
        """The handler to call in the place of `handler`, whose method is `behavior`."""
