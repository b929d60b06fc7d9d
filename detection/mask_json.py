"""Masks as they stand in the gateway's JSON and in COCO results."""

from typing import Any

from detection.detections import Detections
from detection.masks import whole_masks
from detection.outlines import mask_polygons


def mask_objects(detections: Detections, *, width: int, height: int) -> list[dict[str, Any]] | None:
    """`mask` and `polygons` of each detection; None where there are no masks.

    The mask is COCO's run-lengths of the whole image. The polygons are its outer outlines,
    [x, y, x, y, ...] in pixels each, the largest first; a hole is in the mask alone.

    Args:
        detections: of the image, with their boxes' masks.
        width: of the image, in pixels.
        height: of it, in pixels.
    """
    whole = whole_masks(detections, width=width, height=height)
    if whole is None or detections.masks is None:
        return None
    return [
        {
            "mask": run_lengths.as_coco(),
            "polygons": mask_polygons(mask, box, width=width, height=height),
        }
        for run_lengths, mask, box in zip(
            whole, detections.masks, detections.boxes_yxyx, strict=True
        )
    ]
