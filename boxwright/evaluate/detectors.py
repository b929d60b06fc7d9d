"""Open the detector that the command line names, as an `ImageDetector`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from boxwright.evaluate.score_threshold import NO_THRESHOLD, ScoreThreshold, threshold_of_card
from boxwright.predict.coco_images import read_file_names
from boxwright.predict.model_choice import check_model_choice
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.label_map import LabelMap
from model_repository.model_folder import SAVED_MODEL_NAME
from training.datasets.dataset import Dataset
from training.datasets.formats.label_map_file import read_models_label_map
from training.datasets.workers import Workers
from training.evaluation.detection_files import DetectionFile
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import ImageDetector
from training.evaluation.kinds import KINDS

if TYPE_CHECKING:
    from training.configuration.experiment import Experiment

WRITTEN = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
PIPELINE_THRESHOLD = 0.5


@dataclass(frozen=True)
class DetectorOptions:
    """The detector that the command line names.

    Args:
        path: a checkpoint, run, exported model or file of detections; None for a gateway.
        url: a gateway's; None for a path.
        api_key: for the gateway.
        model: name of the gateway's model; None for its default.
        version: of the model.
        label: of a version of the model.
        pipeline: of the gateway.
        checkpoint: which one of a run.
        label_map_file: names of the detector's class ids.
        coco_images: COCO annotations with the image ids.
    """

    path: Path | None
    url: str | None
    api_key: str | None
    model: str | None
    version: int | None
    label: str | None
    pipeline: str | None
    checkpoint: Literal["best", "latest"]
    label_map_file: Path | None
    coco_images: Path | None

    def __post_init__(self) -> None:
        if (self.path is None) == (self.url is None):
            raise click.UsageError(
                "give one detector to measure: a checkpoint, an exported model or a file of "
                "detections, or the --url of a gateway"
            )
        if self.url is None and self._names_model:
            raise click.UsageError("--model, --version, --label and --pipeline need --url")
        check_model_choice(self.model, self.version, self.label)

    @property
    def is_written(self) -> bool:
        """Whether it is a file of detections, measured without the images."""
        return self.path is not None and self.path.is_file()

    @property
    def _names_model(self) -> bool:
        return bool(self.model or self.version is not None or self.label or self.pipeline)

    @property
    def is_checkpoint(self) -> bool:
        """Whether it is a checkpoint or a run."""
        path = self.path
        return path is not None and not path.is_file() and not _holds_saved_model(path)


@dataclass(frozen=True)
class OpenedDetector:
    """A detector that is ready, and what is known of it.

    Args:
        detector: the detector.
        own_data: validation images of its experiment; None without an experiment.
        kind: of its detections, a key of `training.evaluation.kinds.KINDS`.
        of_whole_images: whether it gets whole images even for keypoints.
        own_threshold: its own score threshold, if it has one.
        version_folder: an exported model's folder with the model card.
        validation: reads its validation images; None without an experiment.
        experiment: its training, if known.
    """

    detector: ImageDetector
    own_data: Dataset | None = None
    kind: str = "boxes"
    of_whole_images: bool = False
    own_threshold: ScoreThreshold = NO_THRESHOLD
    version_folder: Path | None = None
    validation: Callable[[Workers], Dataset | None] | None = None
    experiment: "Experiment | None" = None

    @property
    def is_of_boxes(self) -> bool:
        """Whether boxes are what is measured, and not figures of the kind's own."""
        kind = KINDS.get(self.kind)
        # Another server than ours may say that it finds something else.
        return kind is None or kind.of_boxes

    def prepared_for(self, data: Dataset | None) -> Dataset | None:
        """Tell a file of detections the images of all splits; returns the data."""
        if data is not None and isinstance(self.detector, DetectionFile):
            self.detector.tell_of(data)
        return data

    def shown(self, data: Dataset) -> Dataset:
        """Images to run it on: for a keypoint model, each hand by itself."""
        return data if self.of_whole_images else KINDS[self.kind].to_measure_on(data)


@contextmanager
def opened(
    asked: DetectorOptions, workers: Workers, *, with_data: bool
) -> Iterator[OpenedDetector]:
    """Open the detector, and close it at the end.

    Args:
        asked: the detector.
        workers: read its own data.
        with_data: whether to read its validation images.

    Raises:
        EvaluationError: it cannot be opened.
    """
    label_map = read_models_label_map(asked.label_map_file) if asked.label_map_file else None
    if asked.url is not None:
        with _gateway(asked, asked.url, label_map) as found:
            yield found
        return
    assert asked.path is not None  # noqa: S101  # `DetectorOptions` has checked it
    if not asked.path.exists():
        raise EvaluationError(f"{asked.path} does not exist")
    if asked.path.is_file():
        yield OpenedDetector(_written(asked.path, label_map, asked.coco_images))
    elif asked.is_checkpoint:
        yield _trained(asked.path, asked.checkpoint, workers, with_data=with_data)
    else:
        # TensorFlow takes seconds to import, and files and gateways do not need it.
        from training.evaluation.exported_detector import ExportedDetector

        exported = ExportedDetector(asked.path, label_map)
        yield OpenedDetector(
            exported,
            kind=exported.kind,
            own_threshold=threshold_of_card(exported.folder),
            version_folder=exported.folder,
        )


@contextmanager
def _gateway(
    asked: DetectorOptions, url: str, label_map: LabelMap | None
) -> Iterator[OpenedDetector]:
    # The client's packages are needed here alone.
    from boxwright.evaluate.gateway_detector import GatewayDetector
    from boxwright.predict.gateway_client import GatewayClient, GatewayUnreachable, PredictOptions

    try:
        gateway = GatewayClient(url, api_key=asked.api_key)
    except GatewayUnreachable as error:
        raise EvaluationError(str(error)) from error
    options = PredictOptions(asked.model, asked.version, asked.label)
    if asked.pipeline is not None:
        # The keypoint model runs on every hand found, so uncertain hands are left out.
        parameters = {"pipeline": asked.pipeline, "score_threshold": str(PIPELINE_THRESHOLD)}
        options = replace(options, parameters=parameters)
    try:
        detector = GatewayDetector(gateway, url, options, label_map)
        if asked.pipeline is not None:
            yield OpenedDetector(detector, kind=KEYPOINTS.name, of_whole_images=True)
        else:
            kind = detector.kind
            own = gateway.score_threshold(options)
            told = NO_THRESHOLD if own is None else ScoreThreshold(own, "the gateway's own")
            yield OpenedDetector(detector, kind=kind, own_threshold=told)
    finally:
        gateway.close()


def _written(path: Path, label_map: LabelMap | None, coco_images: Path | None) -> DetectionFile:
    if not path.name.lower().endswith(WRITTEN):
        raise EvaluationError(
            f"{path} is neither a folder nor a file of detections ({', '.join(WRITTEN)})"
        )
    try:
        names = read_file_names(coco_images) if coco_images else {}
    except (OSError, ValueError) as error:
        raise EvaluationError(str(error)) from error
    return DetectionFile(path, label_map, names)


def _trained(
    path: Path, which: Literal["best", "latest"], workers: Workers, *, with_data: bool
) -> OpenedDetector:
    from training.configuration.errors import ConfigurationError
    from training.evaluation.trained_detector import TrainedDetector
    from training.loop.errors import TrainingError
    from training.loop.images import read_validation
    from training.loop.loading import load_checkpoint
    from training.models.detector import ModelError
    from training.models.registry import MODELS

    try:
        folder, detector, label_map, experiment = load_checkpoint(path, which)
    except (TrainingError, ConfigurationError, ModelError) as error:
        raise EvaluationError(str(error)) from error
    validation = partial(read_validation, experiment, label_map)
    own_data = validation(workers) if with_data else None
    description = f"checkpoint {folder} ({experiment.model.name})"
    kind = MODELS[experiment.model.name].kind
    trained = TrainedDetector(detector, label_map, description)
    return OpenedDetector(trained, own_data, kind, validation=validation, experiment=experiment)


def _holds_saved_model(path: Path) -> bool:
    return (path / SAVED_MODEL_NAME).is_file() or any(
        each.parent.name.isdecimal() for each in path.glob(f"*/{SAVED_MODEL_NAME}")
    )
