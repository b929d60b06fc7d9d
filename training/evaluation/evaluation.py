"""`Evaluation`: everything that is measured of one detector on one data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.area_rows import AreaRows, area_rows
from training.evaluation.beside_boxes import BesideMetrics
from training.evaluation.class_names import ClassNames
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.evaluation.confusion import ConfusionMatrix, confusion_matrix
from training.evaluation.figure_intervals import FigureIntervals
from training.evaluation.kinds import KINDS, Kind
from training.evaluation.matching import MIN_IOU, match_image
from training.evaluation.precision_recall import (
    Curve,
    OperatingPoint,
    class_curves,
    overall_curve,
)
from training.evaluation.suspect_labels import MOST_WRITTEN, SuspectLabel, suspect_labels
from training.evaluation.train_overlap import TrainOverlap
from training.evaluation.worst_images import WrongImage, worst_images

if TYPE_CHECKING:
    from training.evaluation.comparison import Comparison
    from training.evaluation.learning_curve import LearningCurve

# Where nothing right was found, no threshold is the best.
DEFAULT_THRESHOLD = 0.5
MOST_WORST = 24
BEST_HERE = "where F1 is highest on these images"
NOTHING_RIGHT = "nothing right was found that a better one could be chosen by"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What is measured.

    Args:
        truth: the images.
        found: all that was found in each, with the numbers of `truth.label_map`.
        shown: of that, what scores `score_threshold` or more.
        class_names: which of the detector's classes are the data's.
        metrics: COCO's, of the boxes.
        beside: what else is measured, by the kind's name: COCO's of masks, where what was found
            has masks; of keypoints, where COCO results have some and the data too.
        at_50: a curve a class at IoU 0.5.
        at_75: and at 0.75.
        overall: all classes at 0.5.
        score_threshold: in use: for the confusion matrix and the worst images.
        threshold_is_best: it was chosen where F1 of all classes is highest.
        threshold_source: who says it, in words.
        confusion: at IoU 0.5.
        worst: the worst first.
        by_area: what is found of large and small objects at the threshold in use, of any class;
            None where it was not computed.
        suspects: labels that look wrong, the most suspect first.
        intervals: confidence intervals; None where they were not computed.
        train_overlap: images that were learned from and are nearly those measured on; None where
            the training images are not known.
        comparison: with another detector; None without one.
        learning_curve: by trainings on fewer images; None without one.
    """

    truth: Dataset
    found: tuple[Detections, ...]
    shown: tuple[Detections, ...]
    class_names: ClassNames
    metrics: CocoMetrics
    beside: dict[str, BesideMetrics]
    at_50: tuple[Curve, ...]
    at_75: tuple[Curve, ...]
    overall: Curve
    score_threshold: float
    threshold_is_best: bool
    threshold_source: str
    confusion: ConfusionMatrix
    worst: tuple[WrongImage, ...]
    by_area: AreaRows | None = None
    suspects: tuple[SuspectLabel, ...] = ()
    intervals: FigureIntervals | None = None
    train_overlap: TrainOverlap | None = None
    comparison: "Comparison | None" = None
    learning_curve: "LearningCurve | None" = None

    @property
    def in_use(self) -> OperatingPoint | None:
        """What the threshold in use gives, of all classes; None without objects."""
        return self.overall.at(self.score_threshold)

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            **self.metrics.as_json(),
            "coco_lines": list(self.metrics.lines),
            **{name: each.document for name, each in self.beside.items()},
            "classes_only_in_detector": list(self.class_names.only_detector),
            "classes_only_in_data": list(self.class_names.only_data),
            "score_threshold": self.score_threshold,
            "score_threshold_is_best_f1": self.threshold_is_best,
            "thresholds": self._thresholds_as_json(),
            "precision_recall": [
                each.as_json() for each in (self.overall, *self.at_50, *self.at_75)
            ],
            "by_area": self.by_area.as_json() if self.by_area is not None else None,
            "confusion": {"iou": MIN_IOU, **self.confusion.as_json()},
            "certainty": self.intervals.as_json() if self.intervals is not None else None,
            "against": self.comparison.as_json() if self.comparison is not None else None,
            "learning_curve": self.learning_curve.as_json() if self.learning_curve else None,
            "companions_in_train": self.train_overlap.as_json() if self.train_overlap else None,
            "suspect_labels": [
                each.as_json(self.truth.images[each.index]) for each in self.suspects[:MOST_WRITTEN]
            ],
            "worst": [each.as_json() for each in self.worst],
        }

    def _thresholds_as_json(self) -> dict[str, Any]:
        """At IoU 0.5: what the threshold in use gives, and the best; of all classes, and by class.

        The best of each class is chosen on its own objects here.
        """
        return {
            "in_use": {"source": self.threshold_source, **_point(self.in_use)},
            "best_f1": _point(self.overall.best),
            "classes": [
                {"name": each.name, "objects": each.object_count,
                 "in_use": _point(each.at(self.score_threshold)), "best_f1": _point(each.best)}
                for each in self.at_50
            ],
        }  # fmt: skip


def _point(point: OperatingPoint | None) -> dict[str, float]:
    return point.as_json() if point is not None else {}


def _beside(
    truth: Dataset, found: Sequence[Detections], kinds: Mapping[str, Kind]
) -> dict[str, BesideMetrics]:
    measured = {name: kind.beside(truth, found) for name, kind in kinds.items() if kind.beside}
    return {name: each for name, each in measured.items() if each is not None}


def evaluate(
    truth: Dataset,
    found: Sequence[Detections],
    class_names: ClassNames | None = None,
    *,
    score_threshold: float | None = None,
    threshold_source: str = "as asked for",
    worst_count: int = MOST_WORST,
    area_share: float | None = None,
    kinds: Mapping[str, Kind] = KINDS,
) -> Evaluation:
    """Measure.

    Args:
        truth: the images.
        found: what was found in each, in their order, down to the lowest scores.
        class_names: how its class numbers become those of `truth`; None where they are.
        score_threshold: for the confusion matrix and the worst images; None for the best.
        threshold_source: who says it.
        worst_count: so many of the worst at most.
        area_share: of its image's area, 0..1, above which an object is large; None for no counts by
            area.
        kinds: of output, that are measured beside boxes.

    Raises:
        ValueError: `found` is of another length.
        EvaluationError: some of the results have keypoints, and others have not.
    """
    names = class_names or ClassNames.matched(None, truth.label_map)
    known = tuple(names.as_data(each) for each in found)
    metrics = coco_metrics(truth, known)
    overall = overall_curve(metrics, 0.5)
    best = overall.best.threshold if overall.best else DEFAULT_THRESHOLD
    threshold = best if score_threshold is None else score_threshold
    is_best = score_threshold is None and overall.best is not None
    if score_threshold is None and not is_best:
        threshold_source = NOTHING_RIGHT
    shown = tuple(each.select(score_threshold=threshold, max_detections=100) for each in known)
    matches = [
        match_image(image, detections, truth.class_ids)
        for image, detections in zip(truth.images, shown, strict=True)
    ]
    return Evaluation(
        truth=truth,
        found=known,
        shown=shown,
        class_names=names,
        metrics=metrics,
        beside=_beside(truth, known, kinds),
        at_50=tuple(class_curves(metrics, 0.5)),
        at_75=tuple(class_curves(metrics, 0.75)),
        overall=overall,
        score_threshold=threshold,
        threshold_is_best=is_best,
        threshold_source=BEST_HERE if is_best else threshold_source,
        confusion=confusion_matrix(truth, shown, matches),
        worst=worst_images(truth, shown, matches, worst_count),
        by_area=None if area_share is None else area_rows(truth, matches, area_share),
        suspects=suspect_labels(truth, known, threshold),
    )
