"""`Detections`: what a detector found in one image."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.run_lengths import RunLengths

Boxes = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
ClassIds = npt.NDArray[np.int64]
Masks = npt.NDArray[np.float32]
Keypoints = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Detections:
    """What a detector found in one image, by falling score.

    Args:
        boxes_yxyx: (N, 4) float32, [y_min, x_min, y_max, x_max] in 0..1 of the upright image.
        scores: (N,) float32 in 0..1.
        class_ids: (N,) int64, from 1, as in the label map.
        masks: (N, h, w) float32 in 0..1, how surely each part of each box is of the object: the
            box divided into h rows and w columns, as the Object Detection API has it; None of a
            model that says nothing of outlines.
        keypoints: (N, K, 3) float32, [y, x, score], y and x in 0..1 of the upright image, as the
            boxes, and the score too; None of a model that says nothing of points.
        run_lengths: N, the masks over the whole image, where they came so: as an answer of a
            gateway's, or COCO results; None where `masks` says all there is.

    Raises:
        ValueError: the shapes disagree, or a number is not finite.

    Example:
        >>> found = Detections([[0.1, 0.2, 0.5, 0.6]], [0.94], [1])
        >>> len(found), len(found.select(score_threshold=0.95))
        (1, 0)
    """

    boxes_yxyx: Boxes
    scores: Scores
    class_ids: ClassIds
    masks: Masks | None = None
    keypoints: Keypoints | None = None
    run_lengths: tuple[RunLengths, ...] | None = None

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes_yxyx, np.float32)
        scores = np.asarray(self.scores, np.float32)
        class_ids = np.asarray(self.class_ids, np.int64)
        if boxes.size == 0:
            boxes = boxes.reshape(-1, 4)
        count = scores.size
        if boxes.shape != (count, 4) or scores.shape != (count,) or class_ids.shape != (count,):
            raise ValueError(
                "expected boxes (N, 4), scores (N,) and class ids (N,), but got "
                f"{boxes.shape}, {scores.shape} and {class_ids.shape}"
            )
        if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
            raise ValueError("boxes and scores must be finite")
        masks = _parts(self.masks, count, "masks", "(N, h, w)", lambda shape: len(shape) == 2)
        points = _parts(
            self.keypoints, count, "keypoints", "(N, K, 3)",
            lambda shape: len(shape) == 2 and shape[1] == 3,
        )  # fmt: skip
        whole = self.run_lengths
        if whole is not None and len(whole) != count:
            raise ValueError(f"expected run-lengths of {count} detections, but got {len(whole)}")
        if count > 1 and (np.diff(scores) > 0).any():
            order = np.argsort(-scores, kind="stable")
            boxes, scores, class_ids = boxes[order], scores[order], class_ids[order]
            masks = None if masks is None else masks[order]
            points = None if points is None else points[order]
            whole = None if whole is None else tuple(whole[row] for row in order.tolist())
        object.__setattr__(self, "boxes_yxyx", boxes)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "class_ids", class_ids)
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "keypoints", points)
        object.__setattr__(self, "run_lengths", whole)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: npt.NDArray[Any] | slice) -> "Detections":
        """Those of the given rows: a slice, a mask or indices."""
        return Detections(
            self.boxes_yxyx[rows],
            self.scores[rows],
            self.class_ids[rows],
            None if self.masks is None else self.masks[rows],
            None if self.keypoints is None else self.keypoints[rows],
            self._run_lengths_of(rows),
        )

    def _run_lengths_of(self, rows: npt.NDArray[Any] | slice) -> tuple[RunLengths, ...] | None:
        if self.run_lengths is None:
            return None
        return tuple(self.run_lengths[row] for row in np.arange(len(self))[rows].tolist())

    def select(
        self,
        *,
        score_threshold: float = 0.0,
        class_ids: Collection[int] | None = None,
        max_detections: int | None = None,
    ) -> "Detections":
        """The best `max_detections` of those that score enough and are of the wanted classes.

        Args:
            score_threshold: the lowest score that stays, 0 to 1.
            class_ids: the classes that stay; None for all.
            max_detections: how many stay at most; None for all.
        """
        wanted = self.scores >= score_threshold
        if class_ids is not None:
            wanted &= np.isin(self.class_ids, list(class_ids))
        return self[np.flatnonzero(wanted)[:max_detections]]


def _parts(
    values: npt.NDArray[np.float32] | None,
    count: int,
    name: str,
    wanted: str,
    fits: Callable[[tuple[int, ...]], bool],
) -> npt.NDArray[np.float32] | None:
    """What each detection has beside its box, as float32."""
    if values is None:
        return None
    parts = np.asarray(values, np.float32)
    if parts.ndim < 1 or len(parts) != count or not fits(parts.shape[1:]):
        raise ValueError(f"expected {name} {wanted} of {count} detections, but got {parts.shape}")
    if not np.isfinite(parts).all():
        raise ValueError(f"{name} must be finite")
    return parts
