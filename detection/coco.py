"""Detections as COCO results: what pycocotools' `loadRes` reads."""

from typing import Any

from detection.detections import Detections
from detection.kinds.boxes.kind import BOXES


def coco_results(
    detections: Detections, *, width: int, height: int, image_id: int
) -> list[dict[str, Any]]:
    """One record a detection: `image_id`, `category_id`, `bbox` [x, y, w, h] in pixels, `score`.

    And the fields of whatever else was found: `keypoints`, `segmentation`.

    Source: the results format of cocodataset.org.
    """
    size = {"width": width, "height": height}
    records: list[dict[str, Any]] = [
        {"image_id": image_id, **fields} for fields in BOXES.coco_fields(detections, **size)
    ]
    # In the order in which their fields are called: those who compare files have it so.
    for kind in sorted(detections.extras, key=lambda each: each.name):
        fields_of_each = kind.coco_fields(detections, **size)
        for record, fields in zip(records, fields_of_each, strict=True):
            record.update(fields)
    return records
