"""Read the signatures of a SavedModel that was exported elsewhere, without loading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from detection.kinds.boxes.outputs import IMAGE_INFO
from export.importing.errors import NoDetector, NotImportable
from export.serving_compatibility.operations import check_loadable
from model_repository.canary.known_image import FOLDER as CANARY_FOLDER
from model_repository.card import MODEL_CARD_NAME
from model_repository.model_folder import SAVED_MODEL_NAME, version_dirs
from serving_protocol.detector_signature import DetectorSignature, kind_of
from serving_protocol.image_input import NotADetector
from serving_protocol.messages import MetaGraphDef, SavedModel, SignatureDef

SERVE_TAGS = {"serve"}
# The Object Detection API exports a folder with the SavedModel, a checkpoint and its config in it.
EXPORT_FOLDER = "saved_model"
MOST_NAMED = 8


@dataclass(frozen=True)
class ForeignModel:
    """A SavedModel with a detector's signature.

    Args:
        folder: with `saved_model.pb` in it.
        signatures: all of the served graph.
        detectors: those from images to detections; a gateway uses the first.
        tensorflow_version: that wrote the file; empty if it does not say.
    """

    folder: Path
    signatures: Mapping[str, SignatureDef]
    detectors: tuple[DetectorSignature, ...]
    tensorflow_version: str

    @property
    def class_count(self) -> int | None:
        """Number of classes; None if no signature declares it."""
        counts = [each.class_count for each in self.detectors if each.class_count is not None]
        return max(counts, default=None)

    @property
    def kind(self) -> str:
        """`boxes`, `masks` or `keypoints`, by its outputs."""
        return kind_of(self.signatures[self.detectors[0].name].outputs)

    @property
    def origin(self) -> str:
        """Name of the exporter, as far as the outputs show."""
        answered = self.signatures[self.detectors[0].name].outputs
        if IMAGE_INFO in answered:
            return "TF Model Garden"
        if any(name.startswith("raw_detection_") for name in answered):
            return "TF Object Detection API"
        return "SavedModel"


def read_foreign_model(source: Path) -> ForeignModel:
    """Read the signatures of a SavedModel.

    Args:
        source: a folder with `saved_model.pb` in it, or with a folder `saved_model` of that kind.

    Raises:
        NotImportable: it is not a SavedModel, or already a complete version.
        NoDetector: it has no detector's signature.
        UnservableGraph: the pinned TensorFlow Serving cannot load it.
        OSError: it cannot be read.
    """
    folder = _folder_of(source)
    for name in (MODEL_CARD_NAME, CANARY_FOLDER):
        if (folder / name).exists():
            raise NotImportable(
                f"{folder} has {name} already, so it needs no import: boxwright models publish "
                f"{folder} --name NAME"
            )
    graph = _graph_of(folder / SAVED_MODEL_NAME)
    detectors = _detectors_of(graph, folder)
    check_loadable(folder / SAVED_MODEL_NAME)
    version = graph.meta_info_def.tensorflow_version
    return ForeignModel(folder, graph.signature_def, detectors, version)


def _folder_of(source: Path) -> Path:
    for folder in (source, source / EXPORT_FOLDER):
        if (folder / SAVED_MODEL_NAME).is_file():
            return folder
    versions = version_dirs(source)
    found = sorted(each.name for each in source.iterdir())
    shown = ", ".join(found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
    if versions:
        hint = f"; import its versions one by one, the newest is {next(iter(versions.values()))}"
    else:
        hint = f"; it holds {shown or 'nothing'}"
    raise NotImportable(f"{source} is not a SavedModel: it has no {SAVED_MODEL_NAME}{hint}")


def _graph_of(file: Path) -> MetaGraphDef:
    try:
        saved_model = SavedModel.FromString(file.read_bytes())
    except DecodeError as error:
        raise NotImportable(f"{file} cannot be read as a SavedModel: {error}") from error
    for graph in saved_model.meta_graphs:
        if set(graph.meta_info_def.tags) == SERVE_TAGS:
            return graph
    tags = [", ".join(each.meta_info_def.tags) for each in saved_model.meta_graphs]
    found = "; ".join(f"one tagged {each}" if each else "one without a tag" for each in tags)
    raise NotImportable(
        f"{file} has no graph tagged serve, the one that model servers load; it has "
        + (found or "no graph at all")
    )


def _detectors_of(graph: MetaGraphDef, folder: Path) -> tuple[DetectorSignature, ...]:
    try:
        first = DetectorSignature.find(graph.signature_def)
    except NotADetector as error:
        raise NoDetector(f"{folder} is not a detector that can be served: {error}") from error
    others = []
    for name in sorted(graph.signature_def):
        if name == first.name:
            continue
        try:
            others.append(DetectorSignature.find({name: graph.signature_def[name]}))
        except NotADetector:
            continue
    return (first, *others)
