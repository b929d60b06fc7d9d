"""`tensorflow.serving.PredictionService`."""

from typing import NoReturn

import grpc

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.answering import answering
from serving_protocol.messages import (
    ClassificationRequest,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    MultiInferenceRequest,
    PredictRequest,
    PredictResponse,
    RegressionRequest,
)


class PredictionService:
    """Answers Predict and GetModelMetadata, and says of the others that it does not."""

    def __init__(self, core: ModelServerCore) -> None:
        self._core = core

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802  (the service's name)
        """Run a model."""
        with answering(context, "Predict"):
            return self._core.predict(request)

    def GetModelMetadata(  # noqa: N802  (the service's name)
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        """The signatures of a model."""
        with answering(context, "GetModelMetadata"):
            return self._core.model_metadata(request)

    def Classify(self, request: ClassificationRequest, context: grpc.ServicerContext) -> NoReturn:  # noqa: N802  (the service's name)
        """Not served."""
        _refuse("Classify", context)

    def Regress(self, request: RegressionRequest, context: grpc.ServicerContext) -> NoReturn:  # noqa: N802  (the service's name)
        """Not served."""
        _refuse("Regress", context)

    def MultiInference(  # noqa: N802  (the service's name)
        self, request: MultiInferenceRequest, context: grpc.ServicerContext
    ) -> NoReturn:
        """Not served."""
        _refuse("MultiInference", context)


def _refuse(method: str, context: grpc.ServicerContext) -> NoReturn:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        f"{method} is not served here: this server answers Predict, GetModelMetadata, "
        "GetModelStatus and HandleReloadConfigRequest",
    )
