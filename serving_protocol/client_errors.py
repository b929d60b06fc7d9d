"""What can go wrong when a model server is asked, and where gRPC's codes are translated to it."""

from typing import cast

import grpc


class ModelServerError(Exception):
    """A model server did not do what it was asked; the message is for its operator's log."""


class ModelServerUnavailable(ModelServerError):
    """It cannot be reached, is shutting down, or takes no more requests now; asking later helps."""


class ModelServerBusy(ModelServerUnavailable):
    """It takes no more requests now."""


class ModelServerTimeout(ModelServerError):
    """It did not answer within the deadline."""


class ModelNotFound(ModelServerError):
    """It serves no such model, version or label, at least not at present."""


class PredictionRefused(ModelServerError):
    """It understood the request and says that the request is wrong for this model."""


class AnswerTooLarge(ModelServerError):
    """The answer is larger than this client takes."""


class ModelServerBroken(ModelServerError):
    """It failed in a way that no request should cause."""


_BY_CODE: dict[grpc.StatusCode, type[ModelServerError]] = {
    grpc.StatusCode.UNAVAILABLE: ModelServerUnavailable,
    grpc.StatusCode.CANCELLED: ModelServerUnavailable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ModelServerBusy,
    grpc.StatusCode.DEADLINE_EXCEEDED: ModelServerTimeout,
    grpc.StatusCode.NOT_FOUND: ModelNotFound,
    grpc.StatusCode.INVALID_ARGUMENT: PredictionRefused,
    grpc.StatusCode.FAILED_PRECONDITION: PredictionRefused,
    grpc.StatusCode.OUT_OF_RANGE: PredictionRefused,
    grpc.StatusCode.UNIMPLEMENTED: PredictionRefused,
}


def translate(error: grpc.RpcError) -> ModelServerError:
    """The error of ours that says what `error` means for a caller of TensorFlow Serving."""
    # What a stub raises is a Call too, which the stubs' types do not say.
    call = cast("grpc.Call", error)
    code, details = call.code(), call.details() or ""
    message = f"{code.name}: {details}"
    # gRPC's own refusal of a long message has the code of a full server.
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED and "larger than max" in details:
        # "SERVER:" is the other side's refusal of a request, which no other answer would cure.
        return PredictionRefused(message) if "SERVER:" in details else AnswerTooLarge(message)
    # A label that the server does not know is an INVALID_ARGUMENT to it.
    if code is grpc.StatusCode.INVALID_ARGUMENT and details.startswith("Unrecognized servable"):
        return ModelNotFound(message)
    return _BY_CODE.get(code, ModelServerBroken)(message)
