"""The kinds that are measured by figures of their own, in the place of those of boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.keypoint_evaluation import evaluate_keypoints
from training.evaluation.keypoint_report import write_keypoint_report
from training.evaluation.report import Circumstances


class OwnFigures(Protocol):
    """What was measured of such a kind."""

    @property
    def subject(self) -> str:
        """Of how many objects, in words."""

    @property
    def text(self) -> str:
        """The figures, a line each."""

    @property
    def part_columns(self) -> tuple[str, ...]:
        """The titles of a table of the figures by part."""

    @property
    def part_rows(self) -> Sequence[tuple[str, ...]]:
        """Its rows; "-" for what was not measured."""


@dataclass(frozen=True)
class OwnEvaluation:
    """A row.

    Args:
        evaluate: takes the data, what was found in its images, and how many of the worst are kept;
            gives `OwnFigures`.
        write: takes these, and writes the report into a folder; gives what was written.
    """

    evaluate: Callable[[Dataset, Sequence[Detections], int], Any]
    write: Callable[[Any, Circumstances, Path, Workers], list[Path]]


# By the kind's name; those that are `of_boxes` have none.
OWN_EVALUATIONS: Mapping[str, OwnEvaluation] = {
    "keypoints": OwnEvaluation(evaluate_keypoints, write_keypoint_report),
}
