"""Export a trained detector to a folder that is ready to publish, or fail without one."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from detection.images import DecodedImage
from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME, format_label_map
from detection.tolerance import SAME_PIXELS_OF
from export.card import model_card
from export.errors import NoImages
from export.formats.tflite import TFLITE_NAME, ask_tflite, write_tflite
from export.graphs.freezing import FrozenGraph, freeze
from export.graphs.saved_model import (
    ENCODED_INPUT,
    ENCODED_SIGNATURE,
    PIXELS_INPUT,
    PIXELS_SIGNATURE,
    write_saved_model,
)
from export.graphs.weight_storage import WeightType
from export.images import as_file, small_pixels
from export.parity import (
    Ask,
    Parity,
    ReferenceDetections,
    ask_saved_model,
    ask_server,
    detections_of,
)
from export.serving_compatibility.operations import check_loadable
from export.warmup import write_warmup
from model_repository.canary.known_image import KnownImage
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from model_repository.card import MODEL_CARD_NAME, ModelCard
from model_repository.model_folder import SAVED_MODEL_NAME
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE
from training.configuration.experiment import Experiment
from training.input_pipeline.resizing import resized_image
from training.models.detector import Detector

TFLITE_FOLDER = "tflite"


@dataclass(frozen=True)
class Exported:
    """Contents of a version.

    Args:
        detector: as it was trained.
        label_map: of its classes.
        experiment: of the training, if known.
        title: one-line description; empty to make one.
        metrics: for the model card.
        notes: for the model card: attribution, limits.
        weights: type of the stored weights.
        model_name: for a detector without an experiment.
        with_tflite: whether to write a TensorFlow Lite file too.
        score_threshold: for the model card: the model's own, and how it was chosen.
    """

    detector: Detector
    label_map: LabelMap
    experiment: Experiment | None
    title: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    weights: WeightType = "float32"
    model_name: str = ""
    with_tflite: bool = False
    score_threshold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def class_ids(self) -> list[int]:
        """Id in the label map of each class, by the class's index."""
        return sorted(item.id for item in self.label_map)


def export(
    exported: Exported,
    images: Mapping[str, DecodedImage],
    folder: Path,
    openvino: ModelServerCanary,
    say: Callable[[str], None] = lambda _: None,
    *,
    known: DecodedImage | None = None,
) -> ModelCard:
    """Write a version, and compare its detections with the trained model's.

    Args:
        exported: contents of the version.
        images: to compare on, by name.
        folder: empty; named by a number and alone in its folder, so that a server can serve it.
        openvino: serves it with OpenVINO.
        say: called with each line of progress.
        known: image for canary and warm-up requests; None for the one of `images` with the highest
            score.

    Returns:
        Its model card.

    Raises:
        UnservableGraph: the pinned TensorFlow Serving cannot load it.
        NoImages: `images` is empty.
        ParityError: the exported model detects something else.
        PublishingError: OpenVINO cannot serve it.
        TFLiteUnsupported: TensorFlow Lite lacks an operation of the model.
        OSError: a file cannot be written.
    """
    if not images:
        raise NoImages("there is no image to compare the exported model on")
    size_hw = exported.detector.input_size_hw
    say("freezing the network")
    frozen = freeze(exported.detector, exported.class_ids)
    write_saved_model(frozen, size_hw, folder, exported.weights)
    check_loadable(folder / SAVED_MODEL_NAME)
    (folder / LABEL_MAP_NAME).write_text(format_label_map(exported.label_map), encoding="utf-8")
    card = _card_of(exported, folder)
    _write_card(card, folder)
    say(f"comparing with the trained model on {len(images)} images")
    reference = ReferenceDetections.of(exported.detector, exported.class_ids, images)
    ask = ask_saved_model(folder)
    parity = Parity(len(images), SAME_PIXELS_OF[exported.weights])
    parity.check(reference, "tensorflow", ask)
    if known is None:
        known = images[_most_confident(reference, parity.mismatched_images)]
    _add_known_image(known, size_hw, ask, folder)
    with openvino.serving(folder) as (server, _):
        parity.check(reference, "openvino", ask_server(server, MODEL))
    if exported.with_tflite:
        say("converting for TensorFlow Lite")
        file = _add_tflite(frozen, exported, folder)
        parity.check_pixels(reference, "tflite", ask_tflite(file))
    card = replace(card, parity=parity.as_json())
    _write_card(card, folder)
    return card


def _card_of(exported: Exported, folder: Path) -> ModelCard:
    return model_card(
        exported.detector, exported.label_map, exported.experiment, folder / SAVED_MODEL_NAME,
        model_name=exported.experiment.model.name if exported.experiment else exported.model_name,
        title=exported.title, metrics=exported.metrics, notes=exported.notes,
        weights=exported.weights, score_threshold=exported.score_threshold,
    )  # fmt: skip


def _add_tflite(frozen: FrozenGraph, exported: Exported, folder: Path) -> Path:
    file = folder / TFLITE_FOLDER / TFLITE_NAME
    file.parent.mkdir()
    write_tflite(frozen, exported.detector.input_size_hw, file, exported.weights)
    return file


def _write_card(card: ModelCard, folder: Path) -> None:
    (folder / MODEL_CARD_NAME).write_text(card.as_json(), encoding="utf-8")


def _most_confident(reference: ReferenceDetections, doubtful: Set[str]) -> str:
    """Name of the image with the highest score, if possible one on which both models agree."""
    best = [
        (name not in doubtful, float(each.scores[0]) if len(each) else 0.0)
        for name, each in zip(reference.names, reference.expected, strict=True)
    ]
    return reference.names[best.index(max(best))]


def _add_known_image(image: DecodedImage, size_hw: tuple[int, int], ask: Ask, folder: Path) -> None:
    """Write canary and warm-up requests."""
    pixels = small_pixels(image)
    file = as_file(pixels, image.format)
    files = np.empty(1, object)
    files[0] = file
    [found] = detections_of(ask(ENCODED_SIGNATURE, ENCODED_INPUT, files))
    KnownImage(file, found).write(folder)
    write_warmup(
        {
            ENCODED_SIGNATURE: {ENCODED_INPUT: files},
            PIXELS_SIGNATURE: {PIXELS_INPUT: np.asarray(pixels)[None]},
            RESIZED_SIGNATURE: {RESIZED_INPUT: np.asarray(resized_image(pixels, size_hw))[None]},
        },
        folder,
    )
