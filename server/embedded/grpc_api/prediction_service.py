"""`tensorflow.serving.PredictionService`."""

import grpc

from server.embedded.core import ModelServerCore
from server.embedded.grpc_api.error_status import abort_on_error
from serving_protocol.messages import (
    ClassificationRequest,
    ClassificationResponse,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    MultiInferenceRequest,
    MultiInferenceResponse,
    PredictRequest,
    PredictResponse,
    RegressionRequest,
    RegressionResponse,
)


class PredictionService:
    """Answers all of its methods from a core."""

    def __init__(self, core: ModelServerCore) -> None:
        self._core = core

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802  (the service's name)
        """Run a model."""
        with abort_on_error(context, "Predict"):
            return self._core.predict(request)

    def GetModelMetadata(  # noqa: N802  (the service's name)
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        """The signatures of a model."""
        with abort_on_error(context, "GetModelMetadata"):
            return self._core.model_metadata(request)

    def Classify(  # noqa: N802  (the service's name)
        self, request: ClassificationRequest, context: grpc.ServicerContext
    ) -> ClassificationResponse:
        """The classes of examples."""
        with abort_on_error(context, "Classify"):
            return self._core.classify(request)

    def Regress(  # noqa: N802  (the service's name)
        self, request: RegressionRequest, context: grpc.ServicerContext
    ) -> RegressionResponse:
        """A number for each example."""
        with abort_on_error(context, "Regress"):
            return self._core.regress(request)

    def MultiInference(  # noqa: N802  (the service's name)
        self, request: MultiInferenceRequest, context: grpc.ServicerContext
    ) -> MultiInferenceResponse:
        """Several classifications and regressions of the same examples."""
        with abort_on_error(context, "MultiInference"):
            return self._core.multi_inference(request)
