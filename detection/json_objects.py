"""Detections as the gateway's JSON has them."""

from typing import Any

from detection.detections import Detections
from detection.kinds.boxes.kind import BOXES
from detection.label_map import LabelMap


def json_objects(
    detections: Detections, *, width: int, height: int, label_map: LabelMap | None
) -> list[dict[str, Any]]:
    """One object a detection: class, label, score, its box in pixels and in 0..1, clipped.

    And the fields of whatever else was found: `mask` and `polygons`, `keypoints` in pixels.

    Args:
        detections: of the image.
        width: of it, in pixels.
        height: of it, in pixels.
        label_map: the classes' names.
    """
    objects: list[dict[str, Any]] = [{} for _ in range(len(detections))]
    for kind in (BOXES, *detections.extras):
        fields_of_each = kind.json_objects(
            detections, width=width, height=height, label_map=label_map
        )
        for document, fields in zip(objects, fields_of_each, strict=True):
            document.update(fields)
    return objects
