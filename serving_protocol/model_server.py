"""The port `ModelServer`: what a client of TensorFlow Serving asks, in our nouns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from serving_protocol.messages import ModelSpec, PredictRequest, PredictResponse, SignatureDef


@dataclass(frozen=True)
class ModelChoice:
    """Which model is asked: its newest version, the one of that number, or the one of that label.

    Raises:
        ValueError: both a version and a label are given.
    """

    name: str
    version: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if self.version is not None and self.label is not None:
            raise ValueError(f"{self.name}: give a version or a label, not both")

    def model_spec(self, signature_name: str = "") -> ModelSpec:
        """The same as a message."""
        spec = ModelSpec(name=self.name, signature_name=signature_name)
        if self.version is not None:
            spec.version.value = self.version
        if self.label is not None:
            spec.version_label = self.label
        return spec


@dataclass(frozen=True)
class ServedSignatures:
    """What one version of a model can be asked: its signatures by name."""

    version: int
    signatures: Mapping[str, SignatureDef]


@dataclass(frozen=True)
class VersionState:
    """One version of a model, as the server sees it.

    Args:
        version: its number.
        state: `START`, `LOADING`, `AVAILABLE`, `UNLOADING` or `END`.
        error: why it failed; empty where it did not.
    """

    version: int
    state: str
    error: str


class ModelServer(Protocol):
    """A TensorFlow Serving compatible server, as the gateway needs it.

    Every method raises an error of `serving_protocol.client_errors`.
    """

    def predict(self, request: PredictRequest, timeout_s: float) -> PredictResponse:
        """Run a model."""

    def signatures(self, model: ModelChoice, timeout_s: float) -> ServedSignatures:
        """The signatures of the version that `model` chooses now."""

    def status(self, name: str, timeout_s: float) -> list[VersionState]:
        """Every version of the model that the server knows, highest first."""

    def connections_lost(self) -> int:
        """How often a connection ended since the start: the server may be another process then."""

    def close(self) -> None:
        """Let go of the connections."""
