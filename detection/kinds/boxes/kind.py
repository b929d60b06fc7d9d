"""`BOXES`: the kind that every detector answers, and the others are answered beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.boxes import to_coco_xywh, to_pixels_xyxy
from detection.detections import Detections
from detection.kinds.array_kind import ArrayKind
from detection.kinds.boxes.drawing import draw_boxes
from detection.kinds.boxes.outputs import BOXES as BOXES_OUTPUT
from detection.kinds.boxes.outputs import COUNT, IMAGE_INFO, NEEDED_OUTPUTS
from detection.kinds.canvas import Canvas
from detection.kinds.output_form import OutputForm
from detection.kinds.output_kind import Array, Declared, NotADetection
from detection.label_map import LabelMap
from detection.scores import exact_score
from detection.tolerance import Tolerance

_CORNERS = ("x_min", "y_min", "x_max", "y_max")
_SIDES_YXYX = ("y_min", "x_min", "y_max", "x_max")
# What differs by less than a thousandth of the image is not seen, however thin the box.
_NOT_SEEN = 1e-3


@dataclass(frozen=True)
class BoxKind(ArrayKind):
    """Boxes; `Detections` have them, with their scores and classes, in fields of their own."""

    name = "boxes"
    form = OutputForm(BOXES_OUTPUT, "(N, M, 4)", last=4)

    def of(self, found: Detections) -> npt.NDArray[np.float32]:
        """(N, 4): `boxes_yxyx`."""
        return found.boxes_yxyx

    def read_outputs(self, declared: Declared) -> frozenset[str]:
        """What a detector needs, and what else is said of all rows, of whatever shape."""
        return (NEEDED_OUTPUTS | {COUNT, IMAGE_INFO}) & declared.keys()

    def unread_outputs(self, declared: Declared) -> tuple[str, ...]:
        """None: the outputs that are needed are read whatever a signature says of their shape."""
        return ()

    def decode(
        self, outputs: Mapping[str, Array], row: int, kept: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        """(N, 4) in the model's own unit and order.

        Raises:
            NotADetection: a number is not finite.
        """
        boxes: npt.NDArray[np.float64] = outputs[BOXES_OUTPUT][row, kept].astype(np.float64)
        if not np.isfinite(boxes).all():
            raise NotADetection(f"{BOXES_OUTPUT} holds numbers that are not finite")
        return boxes

    def normalized(
        self, values: npt.NDArray[np.float64], size_yx: npt.NDArray[np.float64] | None
    ) -> npt.NDArray[np.float64]:
        """Boxes yxyx in 0..1 of the image, not clipped to it."""
        return values if size_yx is None else values / np.tile(size_yx, 2)

    def json_objects(
        self, found: Detections, *, width: int, height: int, label_map: LabelMap | None
    ) -> list[dict[str, Any]]:
        """Class, label, score, and the box in pixels and in 0..1, clipped to the image."""
        pixels = to_pixels_xyxy(found.boxes_yxyx, width=width, height=height).tolist()
        normalized = to_pixels_xyxy(found.boxes_yxyx, width=1, height=1).tolist()
        return [
            {
                "class_id": int(class_id),
                "label": None if label_map is None else label_map.label(int(class_id)),
                "score": exact_score(score),
                "box": _corners(in_pixels, 2),
                "box_normalized": _corners(in_one, 6),
            }
            for class_id, score, in_pixels, in_one in zip(
                found.class_ids, found.scores, pixels, normalized, strict=True
            )
        ]

    def parse_json(
        self, objects: Sequence[Mapping[str, Any]], *, width: int, height: int
    ) -> npt.NDArray[np.float64]:
        """(N, 4) boxes yxyx, as shares of the image.

        Raises:
            KeyError, TypeError, ValueError: a box is missing or something else.
        """
        boxes = [_box_yxyx(each, width, height) for each in objects]
        return np.array(boxes, np.float64).reshape(-1, 4)

    def coco_fields(self, found: Detections, *, width: int, height: int) -> list[dict[str, Any]]:
        """`category_id`, `bbox` [x, y, w, h] in pixels and `score`."""
        boxes_xywh = to_coco_xywh(found.boxes_yxyx, width=width, height=height).tolist()
        return [
            {
                "category_id": int(class_id),
                "bbox": [round(value, 2) for value in box],
                "score": exact_score(score),
            }
            for box, score, class_id in zip(boxes_xywh, found.scores, found.class_ids, strict=True)
        ]

    def coco_fields_of_json(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The same of one detection of the gateway's JSON."""
        box = document["box"]
        width, height = box["x_max"] - box["x_min"], box["y_max"] - box["y_min"]
        return {
            "category_id": document["class_id"],
            "bbox": [box["x_min"], box["y_min"], round(width, 2), round(height, 2)],
            "score": document["score"],
        }

    def draw(self, canvas: Canvas, found: Detections) -> None:
        """Draw each box with its label and its score."""
        draw_boxes(canvas, found)

    def alike(
        self, these: Detections, row: int, those: Detections, tolerance: Tolerance
    ) -> npt.NDArray[np.bool_]:
        """(N,): which boxes overlap enough."""
        ious = _overlaps(these.boxes_yxyx[row], those.boxes_yxyx)
        alike: npt.NDArray[np.bool_] = ious >= tolerance.iou
        if tolerance.tied_iou is not None:
            tied = np.abs(those.scores - these.scores[row]) <= tolerance.tied_score
            alike |= tied & (ious >= tolerance.tied_iou)
        return alike


BOXES = BoxKind()


def _corners(values: Sequence[float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in zip(_CORNERS, values, strict=True)}


def _box_yxyx(document: Mapping[str, Any], width: int, height: int) -> list[float]:
    """In 0..1; told so it is finer than in hundredths of a pixel, which counts in small boxes."""
    if "box_normalized" in document:
        return [float(document["box_normalized"][side]) for side in _SIDES_YXYX]
    sides = zip(_SIDES_YXYX, (height, width, height, width), strict=True)
    return [document["box"][side] / size for side, size in sides]


def _overlaps(
    box_yxyx: npt.NDArray[np.float32], boxes_yxyx: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """(N,) IoU of a box with N others; 1 with one that is the same, even if it is empty."""
    top_left = np.maximum(box_yxyx[:2], boxes_yxyx[:, :2])
    bottom_right = np.minimum(box_yxyx[2:], boxes_yxyx[:, 2:])
    common = np.prod(np.maximum(bottom_right - top_left, 0), axis=1)
    areas = np.prod(boxes_yxyx[:, 2:] - boxes_yxyx[:, :2], axis=1)
    union = areas + np.prod(box_yxyx[2:] - box_yxyx[:2]) - common
    same = np.abs(boxes_yxyx - box_yxyx).max(axis=1, initial=0) < _NOT_SEEN
    return np.where(same, 1.0, common / np.maximum(union, 1e-9)).astype(np.float32)
