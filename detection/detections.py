"""`Detections`: what a detector found in one image."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from detection.kinds.output_kind import OutputKind

Boxes = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]
ClassIds = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Detections:
    """What a detector found in one image, by falling score.

    Args:
        boxes_yxyx: (N, 4) float32, [y_min, x_min, y_max, x_max] in 0..1 of the upright image.
        scores: (N,) float32 in 0..1.
        class_ids: (N,) int64, from 1, as in the label map.
        extras: what else is known of each, by its kind, in the kind's own form: masks, keypoints.
            Without a kind of which the model says nothing.

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
    extras: Mapping["OutputKind", Any] = field(default_factory=dict)

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
        extras = {kind: kind.check(values, count) for kind, values in self.extras.items()}
        if count > 1 and (np.diff(scores) > 0).any():
            order = np.argsort(-scores, kind="stable")
            boxes, scores, class_ids = boxes[order], scores[order], class_ids[order]
            extras = {kind: kind.rows(values, order) for kind, values in extras.items()}
        object.__setattr__(self, "boxes_yxyx", boxes)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "class_ids", class_ids)
        object.__setattr__(self, "extras", extras)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: npt.NDArray[Any] | slice) -> "Detections":
        """Those of the given rows: a slice, a mask or indices."""
        return Detections(
            self.boxes_yxyx[rows],
            self.scores[rows],
            self.class_ids[rows],
            {kind: kind.rows(values, rows) for kind, values in self.extras.items()},
        )

    def with_extra(self, kind: "OutputKind", values: Any) -> Self:
        """The same with the values of another kind.

        Raises:
            ValueError: they are of another form.
        """
        return replace(self, extras={**self.extras, kind: values})

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
