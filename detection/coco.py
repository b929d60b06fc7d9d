"""Detections as COCO results: what pycocotools' `loadRes` reads."""

from typing import Any

import numpy as np

from detection.boxes import to_coco_xywh
from detection.detections import Detections
from detection.masks import whole_masks


def exact_score(score: np.float32) -> float:
    """`score` with as many digits as tell it from its neighbours.

    A score that is sent back as a threshold then selects the detection that it came with.

    Example:
        >>> exact_score(np.float32(0.94))
        0.94
    """
    return float(str(score))


def coco_results(
    detections: Detections, *, width: int, height: int, image_id: int
) -> list[dict[str, Any]]:
    """One record a detection: `image_id`, `category_id`, `bbox` [x, y, w, h] in pixels, `score`.

    With `keypoints`, of a model that finds some: x, y in pixels and the score of each, in a row.
    With `segmentation`, of a model that finds masks: run-lengths of the whole image.

    Source: the results format of cocodataset.org.
    """
    boxes_xywh = to_coco_xywh(detections.boxes_yxyx, width=width, height=height).tolist()
    records: list[dict[str, Any]] = [
        {
            "image_id": image_id,
            "category_id": int(class_id),
            "bbox": [round(value, 2) for value in box],
            "score": exact_score(score),
        }
        for box, score, class_id in zip(
            boxes_xywh, detections.scores, detections.class_ids, strict=True
        )
    ]
    if detections.keypoints is not None:
        for record, points in zip(records, detections.keypoints, strict=True):
            in_pixels = points[:, [1, 0, 2]].astype(np.float64) * (width, height, 1)
            record["keypoints"] = [round(value, 4) for value in in_pixels.ravel().tolist()]
    masks = whole_masks(detections, width=width, height=height)
    for record, mask in zip(records, masks or [], strict=masks is not None):
        record["segmentation"] = mask.as_coco()
    return records
