"""Run a detector on annotated images, match its classes by name, and compute the metrics."""

from pathlib import Path

from boxwright.evaluate.detectors import OpenedDetector
from boxwright.evaluate.score_threshold import NO_THRESHOLD, ScoreThreshold
from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.class_names import ClassNames
from training.evaluation.detection_files import DetectionFile
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.evaluation import evaluate as measure
from training.evaluation.image_detector import ImageDetector


def of_split(truth: Dataset | None, split: str | None, path: Path | None) -> Dataset:
    """Select the images of one split, or all.

    Args:
        truth: the data; None if the checkpoint's experiment has no validation images.
        split: name of the split; None for all.
        path: the data's path, for messages.

    Raises:
        EvaluationError: there are no images.
    """
    if truth is None:
        raise EvaluationError(
            "the checkpoint's experiment has no validation images: name annotated images with "
            "--data"
        )
    if split is not None:
        splits = ", ".join(each or "(none)" for each in truth.splits)
        truth = truth.of_split(split)
        if not truth.images:
            raise EvaluationError(f"{path or 'the data'} has no split {split!r}; it has {splits}")
    if not truth.images:
        raise EvaluationError(f"{path or 'the data'} has no images")
    return truth


def measured(
    what: OpenedDetector,
    truth: Dataset,
    workers: Workers,
    threshold: ScoreThreshold | None,
    worst_count: int,
    area_share: float | None = None,
) -> Evaluation:
    """Run the detector on the images, and compute the metrics.

    Raises:
        EvaluationError: detector and data have no class in common, or nothing can be measured.
    """
    detector, threshold = what.detector, threshold or NO_THRESHOLD
    if detector.label_map is not None:
        # Fail before the work, if the classes are known already.
        matched(detector, truth)
    found = found_by(detector, truth, workers)
    names = matched(detector, truth)
    return measure(
        truth, found, names, score_threshold=threshold.value, threshold_source=threshold.source,
        worst_count=worst_count, area_share=area_share,
    )  # fmt: skip


def found_by(detector: ImageDetector, truth: Dataset, workers: Workers) -> list[Detections]:
    """Run the detector on the images, in their order, and show the progress."""
    found = []
    with workers.progress("detecting", len(truth)) as advance:
        for detections in detector.detect(truth.images):
            found.append(detections)
            advance(1)
    return found


def matched(detector: ImageDetector, truth: Dataset) -> ClassNames:
    """Match the detector's classes by name; some detectors know them only after all images.

    Raises:
        EvaluationError: detector and data have no class in common.
    """
    numbered = detector.numbers(truth) if isinstance(detector, DetectionFile) else None
    if numbered is not None:
        return numbered
    names = ClassNames.matched(detector.label_map, truth.label_map)
    if not names.numbers:
        raise EvaluationError(
            "the detector and the data have no class in common: "
            f"{', '.join(names.only_detector)} (detector), {', '.join(names.only_data)} (data); "
            "--rename maps the data's names"
        )
    return names
