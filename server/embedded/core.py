"""What the server does, without saying how the request came: gRPC and REST both call this.

Semantics: `ServerCore`, `TensorflowPredictor`, `GetModelStatusImpl` and `GetModelMetadataImpl` of
TensorFlow Serving.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from server.embedded.observer import Transport
from server.embedded.servable import Servable
from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    PredictRequest,
    PredictResponse,
    ReloadConfigRequest,
    ReloadConfigResponse,
)


class ModelServerCore:
    """The models that are served and the requests they take."""

    @contextmanager
    def servable(self, spec: ModelSpec) -> Iterator[Servable]:
        """The version that `spec` chooses, kept loaded until the block ends.

        Raises:
            ServingError: `spec` names no model (INVALID_ARGUMENT), one that is not served
                (NOT_FOUND), or a label that is not assigned (INVALID_ARGUMENT).
        """
        raise NotImplementedError
        yield

    @contextmanager
    def observed(self, model_name: str, transport: Transport) -> Iterator[None]:
        """Count the block as one Predict; a `ServingError` that leaves it is its status."""
        raise NotImplementedError
        yield

    def predict(self, request: PredictRequest) -> PredictResponse:
        """Answer a gRPC Predict.

        Raises:
            ServingError: in TensorFlow Serving's order of checks, with its codes and messages.
        """
        raise NotImplementedError

    def model_metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        """Every SignatureDef of the version's SavedModel, unchanged.

        Raises:
            ServingError: no such model or version, or a field other than `signature_def`.
        """
        raise NotImplementedError

    def model_status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        """All versions ever seen since the start, highest first.

        Raises:
            ServingError: no version of that model was ever seen.
        """
        raise NotImplementedError

    def reload_config(self, request: ReloadConfigRequest) -> ReloadConfigResponse:
        """Take over a new list of models; returns when every new one can answer.

        Raises:
            ServingError: the list is refused, and the old one stays.
        """
        raise NotImplementedError
