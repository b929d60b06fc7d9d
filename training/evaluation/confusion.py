"""The confusion matrix: what each object was taken for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.matching import ImageMatch

BACKGROUND = "background"


@dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """Counts of objects and detections, by class.

    Args:
        class_names: the K classes, by rising number.
        counts: (K + 1, K + 1) int64: rows are what is there, columns what was found. The last row
            counts detections where nothing is, the last column objects that nothing found.
    """

    class_names: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the rows, and of the columns."""
        return (*self.class_names, BACKGROUND)

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {"labels": list(self.labels), "rows_are_truth": self.counts.tolist()}


def confusion_matrix(
    truth: Dataset, found: Sequence[Detections], matches: Sequence[ImageMatch]
) -> ConfusionMatrix:
    """Count.

    Args:
        truth: the images.
        found: what was found in each and scores enough, of the classes of `truth` alone.
        matches: `match_image` of each.
    """
    names = truth.class_names
    place = {truth.class_ids[name]: row for row, name in enumerate(names)}
    nothing = len(names)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    for image, detections, match in zip(truth.images, found, matches, strict=True):
        classes = [place[int(each)] for each in detections.class_ids]
        objects = [place[truth.class_ids[each.label]] for each in image.objects]
        for row, column in (*match.right, *match.confused):
            counts[objects[row], classes[column]] += 1
        for row in match.missed:
            counts[objects[row], nothing] += 1
        for column in match.false:
            counts[nothing, classes[column]] += 1
    return ConfusionMatrix(names, counts)
