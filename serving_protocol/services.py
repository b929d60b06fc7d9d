"""TensorFlow Serving's gRPC services: stubs for who asks, handlers for who answers.

Method paths and message types are the official ones (`prediction_service.proto`,
`model_service.proto`), so either side may be the official package's.
"""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message

from serving_protocol import messages as m

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"
MODEL_SERVICE = "tensorflow.serving.ModelService"

# Annotations with grpc's classes are in quotes: only the stubs know that those are generic.

# service -> method -> (request, response); every method is unary.
METHODS: dict[str, dict[str, tuple[type[Message], type[Message]]]] = {
    PREDICTION_SERVICE: {
        "Classify": (m.ClassificationRequest, m.ClassificationResponse),
        "Regress": (m.RegressionRequest, m.RegressionResponse),
        "Predict": (m.PredictRequest, m.PredictResponse),
        "MultiInference": (m.MultiInferenceRequest, m.MultiInferenceResponse),
        "GetModelMetadata": (m.GetModelMetadataRequest, m.GetModelMetadataResponse),
    },
    MODEL_SERVICE: {
        "GetModelStatus": (m.GetModelStatusRequest, m.GetModelStatusResponse),
        "HandleReloadConfigRequest": (m.ReloadConfigRequest, m.ReloadConfigResponse),
    },
}


def _client_method(
    channel: grpc.Channel, service: str, method: str
) -> "grpc.UnaryUnaryMultiCallable[Any, Any]":
    _, response = METHODS[service][method]
    return channel.unary_unary(
        f"/{service}/{method}",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=response.FromString,
    )


class PredictionServiceStub:
    """Client side of `tensorflow.serving.PredictionService`."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.Classify = _client_method(channel, PREDICTION_SERVICE, "Classify")
        self.Regress = _client_method(channel, PREDICTION_SERVICE, "Regress")
        self.Predict = _client_method(channel, PREDICTION_SERVICE, "Predict")
        self.MultiInference = _client_method(channel, PREDICTION_SERVICE, "MultiInference")
        self.GetModelMetadata = _client_method(channel, PREDICTION_SERVICE, "GetModelMetadata")


class ModelServiceStub:
    """Client side of `tensorflow.serving.ModelService`."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.GetModelStatus = _client_method(channel, MODEL_SERVICE, "GetModelStatus")
        self.HandleReloadConfigRequest = _client_method(
            channel, MODEL_SERVICE, "HandleReloadConfigRequest"
        )


def service_handler(service: str, servicer: object) -> "grpc.GenericRpcHandler[Any, Any]":
    """Serve `service` with the methods of `servicer` that bear the official names.

    Each method takes the request message and the `grpc.ServicerContext`, and returns the response
    message.

    Args:
        service: `PREDICTION_SERVICE` or `MODEL_SERVICE`.
        servicer: has a method for every one of the service's.

    Returns:
        What `grpc.Server.add_generic_rpc_handlers` takes.

    Raises:
        AttributeError: `servicer` lacks a method.
    """

    def handler(method: str) -> "grpc.RpcMethodHandler[Any, Any]":
        behaviour: Callable[[Any, grpc.ServicerContext], Message] = getattr(servicer, method)
        request, _ = METHODS[service][method]
        return grpc.unary_unary_rpc_method_handler(
            behaviour,
            request_deserializer=request.FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )

    return grpc.method_handlers_generic_handler(
        service, {method: handler(method) for method in METHODS[service]}
    )
