"""How far found keypoints are from where they are: PCK, and the mean distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from training.datasets.annotated import NOT_LABELLED, VISIBLE, AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.evaluation.errors import EvaluationError

Floats = npt.NDArray[np.float64]
# Shares of the hand's box's longer side.
PCK_DISTANCES = (0.1, 0.2)
# What nothing was measured of.
NOTHING = -1.0


@dataclass(frozen=True, eq=False)
class KeypointMetrics:
    """The distances of N hands' K points, and what is counted of them.

    PCK@d is the share of points found within d times the longer side of the hand's box (Yang and
    Ramanan 2013; Simon et al. 2017). Points of a hand that was not found count as wrong there; the
    mean distance is over what was found. A point that is not labelled counts nowhere, a hidden one
    like one that is seen, as in COCO.

    Args:
        names: of the points.
        distances_px: (N, K), in pixels of the image; infinite where the hand was not found.
        box_sides_px: (N,), the longer side of each hand's box.
        visibility: (N, K): 0 not labelled, 1 hidden, 2 visible.
        image_of: which image of the data set each hand is in.
    """

    names: tuple[str, ...]
    distances_px: Floats
    box_sides_px: Floats
    visibility: npt.NDArray[np.int64]
    image_of: tuple[int, ...]

    @cached_property
    def values(self) -> dict[str, float]:
        """All numbers by name; -1 where there was nothing to measure."""
        labelled = self.visibility != NOT_LABELLED
        visible = self.visibility == VISIBLE
        return {
            **{f"pck_{100 * each:.0f}": self._pck(labelled, each) for each in PCK_DISTANCES},
            **{f"pck_{100 * each:.0f}_visible": self._pck(visible, each)
               for each in PCK_DISTANCES},
            "mean_error_px": self._mean_error_px(labelled),
            "median_error_px": self._median_error_px(labelled),
        }  # fmt: skip

    @property
    def score(self) -> float:
        """By which checkpoints are ranked: PCK@0.1, which goes on rising where 0.2 does not."""
        return self.values["pck_10"]

    @property
    def score_name(self) -> str:
        """What people call that."""
        return "PCK@0.1"

    @property
    def hand_count(self) -> int:
        """How many hands there are."""
        return len(self.box_sides_px)

    @property
    def missed_count(self) -> int:
        """How many were not found."""
        return int(np.isinf(self.distances_px).all(axis=1).sum()) if self.names else 0

    def summary(self) -> str:
        """A few numbers for a line of a log."""
        values = self.values
        return (
            f"PCK@0.1 {values['pck_10']:.4f} PCK@0.2 {values['pck_20']:.4f} "
            f"mean error {values['mean_error_px']:.2f} px"
        )

    def of_parts(self) -> dict[str, dict[str, float]]:
        """PCK, mean distance and number of each point."""
        parts = {}
        for place, name in enumerate(self.names):
            labelled = np.zeros(self.visibility.shape, np.bool_)
            labelled[:, place] = self.visibility[:, place] != NOT_LABELLED
            parts[name] = {
                **{f"pck_{100 * each:.0f}": self._pck(labelled, each) for each in PCK_DISTANCES},
                "mean_error_px": self._mean_error_px(labelled),
                "count": float(labelled.sum()),
            }
        return parts

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "keypoints": self.values,
            "by_keypoint": self.of_parts(),
            "hands": self.hand_count,
            "hands_not_found": self.missed_count,
        }

    def table(self) -> str:
        """The numbers a line each."""
        return "\n".join(f"{name:18} {value:8.4f}" for name, value in self.values.items())

    def _pck(self, counted: npt.NDArray[np.bool_], distance: float) -> float:
        if not counted.any():
            return NOTHING
        near = self.distances_px <= distance * self.box_sides_px[:, None]
        return float(near[counted].mean())

    def _mean_error_px(self, counted: npt.NDArray[np.bool_]) -> float:
        found = self.distances_px[counted & np.isfinite(self.distances_px)]
        return float(found.mean()) if found.size else NOTHING

    def _median_error_px(self, counted: npt.NDArray[np.bool_]) -> float:
        found = self.distances_px[counted & np.isfinite(self.distances_px)]
        return float(np.median(found)) if found.size else NOTHING


def keypoint_metrics(truth: Dataset, found: Sequence[Detections]) -> KeypointMetrics:
    """Measure.

    Hands and detections of an image are put together in the way in which their points are nearest
    in all: in an image of one hand, its one detection is compared, however far it is off.

    Args:
        truth: the images; what has no keypoints is passed over.
        found: what was found in each, in their order.

    Raises:
        EvaluationError: nothing in `truth` has keypoints, or `found` has another number of them.
    """
    distances: list[Floats] = []
    sides: list[float] = []
    visibility: list[npt.NDArray[np.int64]] = []
    image_of: list[int] = []
    for index, (image, detections) in enumerate(zip(truth.images, found, strict=True)):
        hands = [each for each in image.objects if each.keypoints is not None and not each.crowd]
        distances += _distances(hands, detections, image, len(truth.keypoint_names))
        for each in hands:
            visibility.append(_keypoints(each)[:, 2].astype(np.int64))
            sides.append(_longer_side_px(each, image))
            image_of.append(index)
    if not sides:
        raise EvaluationError("nothing in the images has keypoints")
    return KeypointMetrics(
        truth.keypoint_names,
        np.array(distances),
        np.array(sides),
        np.array(visibility),
        tuple(image_of),
    )


def _distances(
    hands: Sequence[AnnotatedObject], found: Detections, image: AnnotatedImage, count: int
) -> list[Floats]:
    """(K,) of each hand, in pixels."""
    away = np.full((len(hands), count), np.inf)
    if not hands or not len(found):
        return list(away)
    points = KEYPOINTS.of(found)
    if points is None or points.shape[1] != count:
        got = 0 if points is None else points.shape[1]
        raise EvaluationError(
            f"{image.name}: the data has {count} keypoints per hand, but the detections have {got}"
        )
    size = np.array([image.height, image.width], np.float64)
    there = np.stack([_keypoints(each) for each in hands])  # (N, K, 3)
    apart = (there[:, None, :, :2] - points[None, :, :, :2]) * size
    all_distances = np.sqrt(np.square(apart).sum(axis=-1))  # (N, M, K)
    labelled = there[:, None, :, 2] != NOT_LABELLED
    in_all = (all_distances * labelled).sum(axis=-1) / np.maximum(labelled.sum(axis=-1), 1)
    for hand, detection in zip(*linear_sum_assignment(in_all), strict=True):
        away[hand] = all_distances[hand, detection]
    return list(away)


def _keypoints(each: AnnotatedObject) -> Floats:
    if each.keypoints is None:
        raise AssertionError("chosen for its keypoints")
    return each.keypoints


def _longer_side_px(each: AnnotatedObject, image: AnnotatedImage) -> float:
    y_min, x_min, y_max, x_max = each.box_yxyx
    return max((y_max - y_min) * image.height, (x_max - x_min) * image.width)
