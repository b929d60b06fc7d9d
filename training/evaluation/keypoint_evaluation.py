"""`KeypointEvaluation`: everything that is measured of one model of keypoints on one data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detection.detections import Detections
from training.datasets.annotated import NOT_LABELLED
from training.datasets.dataset import Dataset
from training.evaluation.coco_lines import explained
from training.evaluation.keypoint_metrics import PCK_DISTANCES, KeypointMetrics, keypoint_metrics
from training.evaluation.oks_evaluation import OksMetrics, keypoint_oks

MOST_WORST = 24
PART_FIGURES = ("pck_10", "pck_20", "mean_error_px")


@dataclass(frozen=True)
class FarOff:
    """A hand whose points are far off.

    Args:
        index: its image's place in the data set.
        name: the image's name there, with the split.
        reasons: what is wrong, in a line.
        distance: the points' mean distance in longer sides of the hand's box; 1 at most each.
    """

    index: int
    name: str
    reasons: str
    distance: float

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {"picture": self.name, "distance": self.distance, "reasons": self.reasons}


@dataclass(frozen=True, eq=False)
class KeypointEvaluation:
    """What is measured.

    Args:
        truth: the images.
        found: in each.
        metrics: PCK and distances.
        worst: the hands that are farthest off, the worst first.
        oks: COCO's numbers of keypoints.
    """

    truth: Dataset
    found: tuple[Detections, ...]
    metrics: KeypointMetrics
    worst: tuple[FarOff, ...]
    oks: OksMetrics

    @property
    def subject(self) -> str:
        """How many hands there are, and how many were not found."""
        return f"{self.metrics.hand_count} hands, {self.metrics.missed_count} of them not found"

    @property
    def text(self) -> str:
        """PCK and distances, and COCO's numbers of keypoints."""
        return f"{self.metrics.table()}\n{explained(self.oks.lines)}\n{self.oks.sigmas_text}"

    @property
    def part_columns(self) -> tuple[str, ...]:
        """The titles of the table of points."""
        return ("point", "labelled", "PCK@0.1", "PCK@0.2", "mean error, px")

    @property
    def part_rows(self) -> list[tuple[str, ...]]:
        """The figures of each point."""
        return [
            (name, f"{numbers['count']:.0f}", *(_three(numbers[each]) for each in PART_FIGURES))
            for name, numbers in self.metrics.of_parts().items()
        ]

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            **self.metrics.as_json(),
            "oks": self.oks.as_json(),
            "worst": [each.as_json() for each in self.worst],
        }


def evaluate_keypoints(
    truth: Dataset, found: Sequence[Detections], worst_count: int = MOST_WORST
) -> KeypointEvaluation:
    """Measure.

    Args:
        truth: the images.
        found: what was found in each, in their order.
        worst_count: so many of the worst at most.

    Raises:
        EvaluationError: nothing in `truth` has keypoints, or `found` has others.
        ValueError: `found` is of another length.
    """
    metrics = keypoint_metrics(truth, found)
    worst = _worst(truth, metrics, worst_count)
    return KeypointEvaluation(truth, tuple(found), metrics, worst, keypoint_oks(truth, found))


def _three(number: float) -> str:
    return "-" if number < 0 else f"{number:.3f}"


def _worst(truth: Dataset, metrics: KeypointMetrics, count: int) -> tuple[FarOff, ...]:
    shares = np.minimum(metrics.distances_px / metrics.box_sides_px[:, None], 1.0)
    labelled = metrics.visibility != NOT_LABELLED
    means = (shares * labelled).sum(axis=1) / np.maximum(labelled.sum(axis=1), 1)
    far = (shares > PCK_DISTANCES[-1]) & labelled
    wrong = [int(row) for row in np.argsort(-means, kind="stable") if far[row].any()]
    return tuple(
        _far_off(truth, metrics, row, far[row], float(means[row])) for row in wrong[:count]
    )


def _far_off(truth: Dataset, metrics: KeypointMetrics, row: int, far: Any, mean: float) -> FarOff:
    index = metrics.image_of[row]
    image = truth.images[index]
    if np.isinf(metrics.distances_px[row]).all():
        return FarOff(index, image.full_name, "not found", mean)
    names = [each.replace("_", " ") for each, is_far in zip(metrics.names, far, strict=True)
             if is_far]  # fmt: skip
    return FarOff(index, image.full_name, f"far off: {', '.join(names)}", mean)
