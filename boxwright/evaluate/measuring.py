"""Measuring a detector on data: its answers to all images, and its classes by the data's names."""

from pathlib import Path

from boxwright.evaluate.detectors import Opened
from boxwright.evaluate.own_threshold import NOBODYS, ThresholdInUse
from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.class_names import ClassNames
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.evaluation import evaluate as measure
from training.evaluation.image_detector import ImageDetector
from training.evaluation.written_detections import WrittenDetections


def of_split(truth: Dataset | None, split: str | None, path: Path | None) -> Dataset:
    """The images of one split, or all.

    Args:
        truth: the data; None where the checkpoint's experiment names none.
        split: its name; None for all.
        path: the data's, for messages.

    Raises:
        EvaluationError: there are none.
    """
    if truth is None:
        raise EvaluationError(
            "the checkpoint's experiment names no validation images; --data names some"
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
    what: Opened,
    truth: Dataset,
    workers: Workers,
    threshold: ThresholdInUse | None,
    worst_count: int,
    area_share: float | None = None,
) -> Evaluation:
    """What the detector finds in the images, and how good that is.

    Raises:
        EvaluationError: no class has the same name, or what was found is nothing to measure.
    """
    detector, threshold = what.detector, threshold or NOBODYS
    if detector.label_map is not None:
        # Before the work, where that can be.
        matched(detector, truth)
    found = found_by(detector, truth, workers)
    names = matched(detector, truth)
    return measure(
        truth, found, names, score_threshold=threshold.value, threshold_source=threshold.source,
        worst_count=worst_count, area_share=area_share,
    )  # fmt: skip


def found_by(detector: ImageDetector, truth: Dataset, workers: Workers) -> list[Detections]:
    """All that the detector finds in each image, in their order, with progress."""
    found = []
    with workers.progress("detecting", len(truth)) as advance:
        for detections in detector.detect(truth.images):
            found.append(detections)
            advance(1)
    return found


def matched(detector: ImageDetector, truth: Dataset) -> ClassNames:
    """The detector's classes by the data's names, known once it has been asked about all images.

    Raises:
        EvaluationError: no class has the same name.
    """
    numbered = detector.numbers(truth) if isinstance(detector, WrittenDetections) else None
    if numbered is not None:
        return numbered
    names = ClassNames.matched(detector.label_map, truth.label_map)
    if not names.numbers:
        raise EvaluationError(
            f"no class has the same name: the detector's are {', '.join(names.only_detector)}, "
            f"the data's {', '.join(names.only_data)}"
        )
    return names
