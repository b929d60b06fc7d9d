"""Reports the sizes of gRPC messages to the memory trimmer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc

from server.embedded.memory_trimmer import MemoryTrimmer
from serving_protocol.services import PREDICTION_SERVICE

if TYPE_CHECKING:
    # grpc's classes are generic in its stubs, not when they run.
    _Handler = grpc.RpcMethodHandler[Any, Any]
    _ServerInterceptor = grpc.ServerInterceptor[Any, Any]
else:
    _ServerInterceptor = grpc.ServerInterceptor


class MessageSizeInterceptor(_ServerInterceptor):
    """Tells `memory_trimmer` of each request and response."""

    def __init__(self, memory_trimmer: MemoryTrimmer) -> None:
        self._memory_trimmer = memory_trimmer

    def intercept_service(
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], _Handler | None]",
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "_Handler | None":
        """The handler of the method; a prediction's messages are counted."""
        handler = continuation(handler_call_details)
        behaviour = handler.unary_unary if handler is not None else None
        if (
            handler is None
            or behaviour is None
            or not handler_call_details.method.startswith(f"/{PREDICTION_SERVICE}/")
        ):
            # The other services choose their threads by an attribute of their methods.
            return handler
        parse, serialize = handler.request_deserializer, handler.response_serializer

        def parsed(message: bytes) -> Any:
            self._memory_trimmer.count_message(len(message))
            return parse(message) if parse else message

        def counted(request: Any, context: grpc.ServicerContext) -> Any:
            with self._memory_trimmer.request():
                return behaviour(request, context)

        def serialized(response: Any) -> bytes:
            message: bytes = serialize(response) if serialize else response
            self._memory_trimmer.count_message(len(message))
            return message

        return grpc.unary_unary_rpc_method_handler(
            counted, request_deserializer=parsed, response_serializer=serialized
        )
