"""The score threshold that goes into a model card, chosen on the validation images."""

from collections.abc import Mapping
from typing import Any

from detection.label_map import LabelMap
from training.configuration.experiment import Experiment
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.chosen_threshold import choose_threshold
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.kinds import KINDS
from training.evaluation.trained_detector import TrainedDetector
from training.models.detector import Detector
from training.models.registry import model_entry


def card_threshold(
    detector: Detector,
    label_map: LabelMap,
    experiment: Experiment,
    validation: Dataset | None,
    workers: Workers,
) -> Mapping[str, Any]:
    """Choose the threshold with the best F1, as JSON for the model card.

    Args:
        detector: the one that is exported.
        label_map: of its classes.
        experiment: its training.
        validation: images to choose on.
        workers: show the progress.

    Returns:
        Empty without validation images, and for keypoint models, which have no threshold.
    """
    if validation is None or not KINDS[model_entry(experiment.model.name).kind].of_boxes:
        return {}
    trained = TrainedDetector(detector, label_map, experiment.name)
    found = []
    with workers.progress("choosing the score threshold", len(validation)) as advance:
        for detections in trained.detect(validation.images):
            found.append(detections)
            advance(1)
    names = ", ".join(str(source.path) for source in experiment.data.validation)
    chosen = choose_threshold(
        coco_metrics(validation, found), f"{names}, the validation images of its training"
    )
    return chosen.as_json() if chosen is not None else {}
