"""What is measured of each kind of model, and what it has to be shown to learn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.beside_boxes import MeasureBeside
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.keypoint_metrics import keypoint_metrics
from training.evaluation.mask_metrics import mask_metrics, masks_beside
from training.evaluation.oks_evaluation import keypoints_beside
from training.input_pipeline.crops import CONTEXT, hand_crops


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
        measure: compares what was found in a data set's images with what is there.
        with_masks: batches have `masks`.
        with_keypoints: batches have `keypoints`.
        images: what such a model is shown of a data set; None for its images.
        context: images to learn from are so much larger than those to measure on, in each
            direction; then `images` takes it too.
        of_boxes: boxes are compared, and a score threshold is chosen by them; else it is measured
            as `own_evaluations` says.
        beside: measures it where boxes are compared; None where they are all there is.
    """

    measure: Callable[[Dataset, Sequence[Detections]], Metrics]
    with_masks: bool = False
    with_keypoints: bool = False
    images: Callable[[Dataset, float], Dataset] | None = None
    context: float = 1.0
    of_boxes: bool = True
    beside: MeasureBeside | None = None

    def to_measure_on(self, dataset: Dataset) -> Dataset:
        """The images that such a model is shown when it is used."""
        return self.images(dataset, 1.0) if self.images else dataset

    def to_learn_from(self, dataset: Dataset) -> Dataset:
        """The same, with what is around them."""
        return self.images(dataset, self.context) if self.images else dataset


# By `ModelEntry.kind`.
KINDS: dict[str, Kind] = {
    "boxes": Kind(coco_metrics),
    "masks": Kind(mask_metrics, with_masks=True, beside=masks_beside),
    "keypoints": Kind(
        keypoint_metrics,
        with_keypoints=True,
        images=hand_crops,
        context=CONTEXT,
        of_boxes=False,
        beside=keypoints_beside,
    ),
}
