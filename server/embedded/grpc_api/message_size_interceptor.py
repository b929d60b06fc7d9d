"""Reports the sizes of gRPC messages to the memory trimmer."""

from typing import Any

import grpc

from server.embedded.grpc_api.prediction_interceptor import (
    Behavior,
    Handler,
    PredictionInterceptor,
)
from server.embedded.memory_trimmer import MemoryTrimmer


class MessageSizeInterceptor(PredictionInterceptor):
    """Tells `memory_trimmer` of each request and response."""

    def __init__(self, memory_trimmer: MemoryTrimmer) -> None:
        self._memory_trimmer = memory_trimmer

    def wrap(self, handler: Handler, behavior: Behavior) -> Handler:
        """A handler that counts the bytes of its messages."""
        parse, serialize = handler.request_deserializer, handler.response_serializer

        def parsed(message: bytes) -> Any:
            self._memory_trimmer.count_message(len(message))
            return parse(message) if parse else message

        def counted(request: Any, context: grpc.ServicerContext) -> Any:
            with self._memory_trimmer.request():
                return behavior(request, context)

        def serialized(response: Any) -> bytes:
            message: bytes = serialize(response) if serialize else response
            self._memory_trimmer.count_message(len(message))
            return message

        return grpc.unary_unary_rpc_method_handler(
            counted, request_deserializer=parsed, response_serializer=serialized
        )
