"""`Evaluation`: everything that is measured of one detector on one data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.class_names import ClassNames
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.evaluation.confusion import ConfusionMatrix, confusion_matrix
from training.evaluation.mask_evaluation import has_masks
from training.evaluation.matching import MIN_IOU, match_picture
from training.evaluation.oks_evaluation import OksMetrics, oks_metrics
from training.evaluation.precision_recall import Curve, class_curves, overall_curve
from training.evaluation.worst import WrongPicture, worst_pictures

# Where nothing right was found, no threshold is the best.
DEFAULT_THRESHOLD = 0.5
MOST_WORST = 24


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What is measured.

    Args:
        truth: the pictures.
        found: all that was found in each, with the numbers of `truth.label_map`.
        shown: of that, what scores `score_threshold` or more.
        class_names: which of the detector's classes are the data's.
        metrics: COCO's, of the boxes.
        mask_metrics: COCO's of the masks, where what was found has masks.
        oks_metrics: COCO's of keypoints, where COCO results have some and the data too.
        at_50: a curve a class at IoU 0.5.
        at_75: and at 0.75.
        overall: all classes at 0.5.
        score_threshold: for the confusion matrix and the worst pictures.
        threshold_is_best: it was not asked for, but is where F1 of all classes is highest.
        confusion: at IoU 0.5.
        worst: the worst first.
    """

    truth: Dataset
    found: tuple[Detections, ...]
    shown: tuple[Detections, ...]
    class_names: ClassNames
    metrics: CocoMetrics
    mask_metrics: CocoMetrics | None
    oks_metrics: OksMetrics | None
    at_50: tuple[Curve, ...]
    at_75: tuple[Curve, ...]
    overall: Curve
    score_threshold: float
    threshold_is_best: bool
    confusion: ConfusionMatrix
    worst: tuple[WrongPicture, ...]

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            **self.metrics.as_json(),
            "coco_lines": list(self.metrics.lines),
            **self._masks_as_json(),
            **({"keypoints": self.oks_metrics.as_json()} if self.oks_metrics is not None else {}),
            "classes_only_in_detector": list(self.class_names.only_detector),
            "classes_only_in_data": list(self.class_names.only_data),
            "score_threshold": self.score_threshold,
            "score_threshold_is_best_f1": self.threshold_is_best,
            "precision_recall": [
                each.as_json() for each in (self.overall, *self.at_50, *self.at_75)
            ],
            "confusion": {"iou": MIN_IOU, **self.confusion.as_json()},
            "worst": [each.as_json() for each in self.worst],
        }

    def _masks_as_json(self) -> dict[str, Any]:
        if self.mask_metrics is None:
            return {}
        return {
            "masks": {**self.mask_metrics.as_json(), "coco_lines": list(self.mask_metrics.lines)}
        }


def evaluate(
    truth: Dataset,
    found: Sequence[Detections],
    class_names: ClassNames | None = None,
    *,
    score_threshold: float | None = None,
    worst_count: int = MOST_WORST,
) -> Evaluation:
    """Measure.

    Args:
        truth: the pictures.
        found: what was found in each, in their order, down to the lowest scores.
        class_names: how its class numbers become those of `truth`; None where they are.
        score_threshold: for the confusion matrix and the worst pictures; None for the best.
        worst_count: so many of the worst at most.

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
    shown = tuple(each.select(score_threshold=threshold, max_detections=100) for each in known)
    matches = [
        match_picture(picture, detections, truth.class_ids)
        for picture, detections in zip(truth.pictures, shown, strict=True)
    ]
    return Evaluation(
        truth=truth,
        found=known,
        shown=shown,
        class_names=names,
        metrics=metrics,
        mask_metrics=coco_metrics(truth, known, iou_type="segm") if has_masks(known) else None,
        oks_metrics=oks_metrics(truth, known),
        at_50=tuple(class_curves(metrics, 0.5)),
        at_75=tuple(class_curves(metrics, 0.75)),
        overall=overall,
        score_threshold=threshold,
        threshold_is_best=score_threshold is None and overall.best is not None,
        confusion=confusion_matrix(truth, shown, matches),
        worst=worst_pictures(truth, shown, matches, worst_count),
    )
