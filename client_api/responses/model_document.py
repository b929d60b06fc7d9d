"""What `/models` tells of a model: what its server says, and what was published beside it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from client_api.catalog.default_model import DefaultModel
from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.inference.error_mapping import NOT_YET, translate
from client_api.model_facts.tracker import FactTracker
from client_api.responses.facts_document import facts_members
from detection.label_map import LabelMap
from model_repository.card import ModelCard
from serving_protocol.client_errors import ModelNotFound, ModelServerError
from serving_protocol.detector_signature import DEFAULT_SIGNATURE, DetectorSignature
from serving_protocol.messages import TensorInfo
from serving_protocol.model_server import ModelChoice, ModelServer, VersionState
from serving_protocol.tensors import data_type_name

# How long the model server may take to say what it serves.
TIMEOUT_S = 2.0
AVAILABLE = "AVAILABLE"
COULD_NOT_LOAD = "the model server could not load it"
WAITING_FOR = {
    "START": "the model server, which is about to load it",
    "LOADING": "the model server, which is loading it",
}


@dataclass(frozen=True)
class ModelDocuments:
    """Describes models.

    Attributes:
        server: knows the models' states.
        versions: what each version can be asked.
        catalog: label maps and cards.
        facts: what is known of the models' answers.
        default_model: which one `/predict` asks.
    """

    server: ModelServer
    versions: ServedVersionCache
    catalog: ModelCatalog
    facts: FactTracker
    default_model: DefaultModel

    def names(self) -> list[str]:
        """The models that are published, and the default model, sorted."""
        names = {*self.catalog.names(), self.default_model.name_if_any()}
        return sorted(each for each in names if each is not None)

    def of(self, name: str) -> dict[str, Any]:
        """A model with its versions, highest first.

        Raises:
            ModelServerError: as `ModelServer.status`.
        """
        states = self.states(name)
        labels = self.catalog.version_labels.of(name)
        version = self.served_version(name, states)
        return {
            **self.unserved(name),
            "version": None if version is None else str(version),
            "version_labels": {label: str(number) for label, number in labels.items()},
            "waiting_for": waiting_for(states),
            "versions": [self._version(name, state, labels) for state in states],
        }

    def unserved(self, name: str) -> dict[str, Any]:
        """What there is to say of a model that the model server does not know."""
        return {
            "name": name,
            "default": name == self.default_model.name_if_any(),
            "version": None,
            "version_labels": {},
            "waiting_for": waiting_for([]),
            "versions": [],
        }

    def states(self, name: str) -> list[VersionState]:
        """The versions that the model server knows; none where it has not noticed the model yet.

        Raises:
            ModelServerError: as `ModelServer.status`.
        """
        try:
            return self.server.status(name, TIMEOUT_S)
        except ModelNotFound:
            # Published, and not noticed by the model server yet, is known too.
            if name in self.catalog.names():
                return []
            raise

    def served_version(self, name: str, states: Sequence[VersionState]) -> int | None:
        """The version that a request gets which names none; None while there is none."""
        available = [each.version for each in states if each.state == AVAILABLE]
        stable = self.catalog.version_labels.stable(name)
        return stable if stable in available else max(available, default=None)

    def is_detector(self, name: str) -> bool:
        """Whether the version that a request gets is there, and is a detector.

        Raises:
            GatewayError: the model server does not say.
        """
        try:
            version = self.served_version(name, self.server.status(name, TIMEOUT_S))
            if version is None:
                return False
            served = self.versions.find(ModelChoice(name, version), TIMEOUT_S)
        except ModelNotFound:
            return False
        except ModelServerError as error:
            raise translate(error, ModelChoice(name)) from error
        return served.detector is not None

    def _version(self, name: str, state: VersionState, labels: Mapping[str, int]) -> dict[str, Any]:
        published = self.catalog.label_map(name, state.version)
        card = self.catalog.card(name, state.version)
        served = self._served(name, state)
        detector = None if served is None else served.detector
        return {
            "version": str(state.version),
            "state": state.state,
            "error": self._error(name, state),
            "waiting_for": WAITING_FOR.get(state.state),
            "version_labels": [each for each, number in labels.items() if number == state.version],
            "kind": _kind(detector, card.card),
            "input_size": _input_size(detector, card.card),
            "classes": _classes(published.label_map, card.card),
            "labels": None if published.label_map is None else list(published.label_map.labels),
            "label_map_error": published.problem,
            "score_threshold": self._score_threshold(name, state.version),
            "card": None if card.card is None else _card(card.card),
            "card_error": card.problem,
            **facts_members(
                self.facts,
                served,
                self.catalog.facts(name, state.version),
                published.label_map,
            ),
            **_signature(served),
        }

    def _score_threshold(self, name: str, version: int) -> dict[str, Any]:
        """What a request gets that names none, and how it was chosen."""
        card = self.catalog.card(name, version).card
        value = self.catalog.score_threshold(name, version)
        if card is None or card.own_score_threshold is None:
            return {"value": value, "source": "default"}
        about: dict[str, Any] = _finite(dict(card.score_threshold))
        return {**about, "value": value, "source": "card"}

    def _error(self, name: str, state: VersionState) -> str | None:
        """Why a version was not loaded, as its folder shows; the server's reason has paths."""
        if not state.error:
            return None
        problem = self.catalog.problem(name, state.version)
        if problem is None:
            return f"{COULD_NOT_LOAD}; its log says why"
        return f"{COULD_NOT_LOAD}: {problem}"

    def _served(self, name: str, state: VersionState) -> ServedVersion | None:
        choice = ModelChoice(name, state.version)
        if state.state != AVAILABLE:
            self.versions.forget(choice, is_gone=True)
            return None
        try:
            return self.versions.find(choice, TIMEOUT_S)
        except ModelServerError:
            # It was unloaded since; the state will say so the next time.
            return None


def waiting_for(states: Sequence[VersionState]) -> str | None:
    """What a model without an AVAILABLE version waits for; None where it has one."""
    if any(each.state == AVAILABLE for each in states):
        return None
    coming = [each for each in states if each.state in NOT_YET]
    if coming:
        return f"version {coming[0].version}: {WAITING_FOR[coming[0].state]}"
    if any(each.error for each in states):
        return "a version that the model server can load; its log says why it could not"
    if states:
        return "another version; those that were there are unloaded"
    return "the model server, which has not noticed it yet"


def _kind(detector: DetectorSignature | None, card: ModelCard | None) -> str | None:
    if detector is not None:
        return detector.kind.name
    kind = None if card is None or not isinstance(card.model, dict) else card.model.get("kind")
    return kind if isinstance(kind, str) else None


def _input_size(
    detector: DetectorSignature | None, card: ModelCard | None
) -> dict[str, int] | None:
    height, width = (None, None) if detector is None else detector.image_input.size_hw
    preprocessing = None if card is None else card.preprocessing
    if (height is None or width is None) and preprocessing is not None:
        # What takes files, or pixels of any size, scales them to this.
        height, width = preprocessing.input_size_hw
    return None if height is None or width is None else {"height": height, "width": width}


def _classes(label_map: LabelMap | None, card: ModelCard | None) -> list[dict[str, Any]] | None:
    if label_map is not None:
        return label_map_items(label_map)
    named = [] if card is None else [each for each in card.classes if isinstance(each, dict)]
    keys = ("id", "name", "display_name")
    return [{key: each.get(key) for key in keys} for each in named] or None


def label_map_items(label_map: LabelMap) -> list[dict[str, Any]]:
    """The classes of a label map, in its order."""
    return [
        {"id": item.id, "name": item.name, "display_name": item.display_name} for item in label_map
    ]


def _card(card: ModelCard) -> dict[str, Any]:
    """What of a card people choose models by; the file has the rest."""
    document = {
        "title": card.title,
        "created_at": card.created_at,
        "model": card.model,
        "metrics": card.metrics,
        "parity": card.parity,
        "notes": list(card.notes),
    }
    return {name: _finite(value) for name, value in document.items()}


def _finite(value: Any) -> Any:
    """`value` with null for what JSON has no number for, as a metric of no objects."""
    if isinstance(value, dict):
        return {str(name): _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _signature(served: ServedVersion | None) -> dict[str, Any]:
    about: dict[str, Any] = {
        "signature": None, "inputs": None, "outputs": None, "filled_inputs": None,
    }  # fmt: skip
    if served is None:
        return about
    shown = DEFAULT_SIGNATURE
    if served.detector is None:
        about["signature_error"] = served.reason
    else:
        about["class_count"] = served.detector.class_count
        about["filled_inputs"] = served.detector.filled_inputs
        shown = served.detector.name
    if shown in served.signatures:
        signature = served.signatures[shown]
        about |= {
            "signature": shown,
            "inputs": _tensors(signature.inputs),
            "outputs": _tensors(signature.outputs),
        }
    return about


def _tensors(tensors: Mapping[str, TensorInfo]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "dtype": data_type_name(info.dtype),
            "shape": None
            if info.tensor_shape.unknown_rank
            else [dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim],
        }
        for name, info in sorted(tensors.items())
    }
