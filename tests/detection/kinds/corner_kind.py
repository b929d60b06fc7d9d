"""A kind of output that no program of ours knows: how surely each corner of a box is in its place.

It is all that a new kind takes: an `OutputKind`, and what is measured of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.boxes import iou, to_pixels_xyxy
from detection.detections import Detections
from detection.kinds.array_kind import ArrayKind
from detection.kinds.canvas import Canvas
from detection.kinds.output_form import OutputForm
from detection.label_map import LabelMap
from detection.tolerance import Tolerance
from training.datasets.dataset import Dataset

NAMES = ("top_left", "top_right", "bottom_left", "bottom_right")
COLOR = (255, 0, 255)
RADIUS_PX = 12
# A corner is in its place that is no farther off, as a share of the image's sides.
NEAR = 0.02


@dataclass(frozen=True)
class CornerKind(ArrayKind):
    """(N, 4) float32 in 0..1, by `NAMES`."""

    name = "corners"
    form = OutputForm("corner_scores", "(N, M, 4)", last=4)

    def json_objects(
        self, found: Detections, *, width: int, height: int, label_map: LabelMap | None
    ) -> list[dict[str, Any]]:
        return [
            {"corners": dict(zip(NAMES, np.round(each, 4).tolist(), strict=True))}
            for each in found.extras[self].astype(float)
        ]

    def parse_json(
        self, objects: Sequence[Mapping[str, Any]], *, width: int, height: int
    ) -> npt.NDArray[np.float32] | None:
        if not objects or not all("corners" in each for each in objects):
            return None
        return np.array([[each["corners"][name] for name in NAMES] for each in objects], np.float32)

    def coco_fields(self, found: Detections, *, width: int, height: int) -> list[dict[str, Any]]:
        return [{"corner_scores": each.round(4).tolist()} for each in found.extras[self]]

    def coco_fields_of_json(self, document: Mapping[str, Any]) -> dict[str, Any]:
        return {"corner_scores": [document["corners"][name] for name in NAMES]}

    def draw(self, canvas: Canvas, found: Detections) -> None:
        size = {"width": canvas.image.width, "height": canvas.image.height}
        boxes_xyxy = to_pixels_xyxy(found.boxes_yxyx, **size)
        for (x_min, y_min, x_max, y_max), scores in zip(
            boxes_xyxy.tolist(), found.extras[self].tolist(), strict=True
        ):
            places = [(x, y) for y in (y_min, y_max) for x in (x_min, x_max)]
            for (x, y), score in zip(places, scores, strict=True):
                radius = RADIUS_PX * score
                canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), COLOR)

    def alike(
        self, these: Detections, row: int, those: Detections, tolerance: Tolerance
    ) -> npt.NDArray[np.bool_]:
        apart = np.abs(those.extras[self] - these.extras[self][row]).max(axis=1)
        return np.asarray(apart <= tolerance.score)


CORNERS = CornerKind()


@dataclass(frozen=True)
class CornerMetrics:
    """How far the scores are from whether a corner is in its place (Brier 1950).

    Args:
        brier: the mean square of that, 0..1; -1 where nothing was found.
    """

    brier: float

    @property
    def values(self) -> dict[str, float]:
        return {"corner_brier": self.brier}

    @property
    def score(self) -> float:
        return -1.0 if self.brier < 0 else 1 - self.brier

    @property
    def score_name(self) -> str:
        return "corner score"

    def summary(self) -> str:
        return f"corner Brier {self.brier:.4f}"

    def of_parts(self) -> dict[str, dict[str, float]]:
        return {}


def corner_metrics(truth: Dataset, found: Sequence[Detections]) -> CornerMetrics:
    """Of each detection, beside the object that it overlaps most."""
    squares: list[npt.NDArray[np.float64]] = []
    for image, each in zip(truth.images, found, strict=True):
        objects = np.array([one.box_yxyx for one in image.objects], np.float64).reshape(-1, 4)
        nearest = objects[iou(each.boxes_yxyx, objects).argmax(axis=1)]
        for box, there, scores in zip(each.boxes_yxyx, nearest, each.extras[CORNERS], strict=True):
            y_near, x_near = (np.abs(box - there) <= NEAR).reshape(2, 2).T
            in_place = np.logical_and.outer(y_near, x_near).ravel()
            squares.append((scores - in_place) ** 2)
    return CornerMetrics(float(np.mean(squares)) if squares else -1.0)
