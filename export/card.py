"""Write the model card of an exported version."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detection.label_map import LabelMap
from export.graphs.images_in_graphs import FORMATS
from export.graphs.saved_model import (
    ENCODED_INPUT,
    ENCODED_SIGNATURE,
    PIXELS_INPUT,
    PIXELS_SIGNATURE,
)
from export.serving_compatibility.operations import SERVING_VERSION
from export.signatures import described_signatures
from export.software import installed_versions
from model_repository.card import ModelCard, Preprocessing
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE, kind_of
from serving_protocol.messages import SavedModel
from training.configuration.experiment import Experiment
from training.configuration.writing import plain
from training.models.detector import Detector, parameters_in_use


def model_card(
    detector: Detector,
    label_map: LabelMap,
    experiment: Experiment | None,
    saved_model: Path,
    *,
    model_name: str,
    title: str,
    metrics: Mapping[str, Any],
    notes: Sequence[str],
    weights: str = "float32",
    score_threshold: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Card of a version, without the comparison with the trained model.

    Args:
        detector: the trained one.
        label_map: of its classes.
        experiment: of the training, if known.
        saved_model: the file `saved_model.pb`, for its signatures.
        model_name: in the registry, or a foreign model's.
        title: one-line description; empty for the model's name and classes.
        metrics: numbers by name, or groups of them.
        notes: attribution, limits.
        weights: type of the stored weights.
        score_threshold: the model's own, and how it was chosen; None if it has none.
    """
    [meta_graph] = SavedModel.FromString(saved_model.read_bytes()).meta_graphs
    classes = sorted(label_map, key=lambda item: item.id)
    names = ", ".join(item.name for item in classes)
    signatures = described_signatures(meta_graph.signature_def)
    return ModelCard(
        title=title or f"{model_name} that finds {names}",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model={
            "kind": kind_of(signatures[ENCODED_SIGNATURE]["outputs"]),
            "name": model_name,
            "input_size_hw": list(detector.input_size_hw),
            "parameters": parameters_in_use(detector.network),
            "weights": weights,
        },
        classes=tuple(
            {"id": item.id, "name": item.name, "display_name": item.display_name or item.name}
            for item in classes
        ),
        signatures=signatures,
        preprocessing=_preprocessing(detector.input_size_hw),
        training={} if experiment is None else plain(experiment),
        metrics=metrics,
        software={**installed_versions(), "checked for TensorFlow Serving": SERVING_VERSION},
        notes=tuple(notes),
        score_threshold=score_threshold or {},
    )


def _preprocessing(input_size_hw: tuple[int, int]) -> Preprocessing:
    return Preprocessing(
        encoded_signature=ENCODED_SIGNATURE,
        encoded_input=ENCODED_INPUT,
        pixels_signature=PIXELS_SIGNATURE,
        pixels_input=PIXELS_INPUT,
        input_size_hw=input_size_hw,
        resized_signature=RESIZED_SIGNATURE,
        resized_input=RESIZED_INPUT,
        formats=FORMATS,
    )
