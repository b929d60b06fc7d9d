"""What is measured of each kind of model, and what it has to be shown to learn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.coco_metrics import coco_metrics


class Metrics(Protocol):
    """The numbers of one validation."""

    @property
    def values(self) -> Mapping[str, float]:
        """All of them by name, each 0 or more, or -1 where there was nothing to measure."""

    @property
    def score(self) -> float:
        """The one by which checkpoints are ranked, 0..1, higher is better; -1 not measured."""

    @property
    def score_name(self) -> str:
        """What people call that one."""

    def summary(self) -> str:
        """A few of them for a line of a log."""

    def of_parts(self) -> Mapping[str, Mapping[str, float]]:
        """Some of them by class, or by point."""


@dataclass(frozen=True)
class Kind:
    """What the training and the evaluation do for one kind of model.

    Args:
        measure: compares what was found in a data set's pictures with what is there.
        with_masks: batches have `masks`.
        with_keypoints: batches have `keypoints`.
    """

    measure: Callable[[Dataset, Sequence[Detections]], Metrics]
    with_masks: bool = False
    with_keypoints: bool = False


# By `ModelEntry.kind`.
KINDS: dict[str, Kind] = {"boxes": Kind(coco_metrics)}
