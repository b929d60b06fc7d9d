"""What was found as JSON: boxes in pixels of the upright image, names, timings."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from client_api.responses.drawn_image import encode_image
from detection.boxes import to_pixels_xyxy
from detection.coco import coco_results, exact_score
from detection.detections import Detections
from detection.keypoint_json import keypoint_objects
from detection.label_map import LabelMap
from detection.mask_json import mask_objects

PNG = "image/png"
_CORNERS = ("x_min", "y_min", "x_max", "y_max")


@dataclass(frozen=True)
class ImageResult:
    """What was found in one image, after the caller's selection.

    Attributes:
        size_wh: of the upright image.
        detections: by falling score.
        annotated: the image with the detections drawn on it, as a file, where one was asked for.
        annotated_type: its media type.
        beliefs: mode L, of the image's size: where a model thinks that keypoints are; None where
            nobody asked.
        truncated: the file ended before its last row.
    """

    size_wh: tuple[int, int]
    detections: Detections
    annotated: bytes | None = None
    annotated_type: str = ""
    beliefs: Image.Image | None = None
    truncated: bool = False


def detection_objects(result: ImageResult, label_map: LabelMap | None) -> list[dict[str, Any]]:
    """One object a detection, with its box in pixels and in 0..1, clipped to the image.

    And of a model that finds some, `mask` and `polygons`, or `keypoints` in pixels; a point may
    lie beyond the edge.
    """
    width, height = result.size_wh
    found = result.detections
    pixels = to_pixels_xyxy(found.boxes_yxyx, width=width, height=height).tolist()
    normalized = to_pixels_xyxy(found.boxes_yxyx, width=1, height=1).tolist()
    objects: list[dict[str, Any]] = [
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
    masks = mask_objects(found, width=width, height=height)
    for document, mask in zip(objects, masks or [], strict=masks is not None):
        document.update(mask)
    if found.keypoints is not None:
        for document, points in zip(objects, found.keypoints, strict=True):
            names = (
                ()
                if label_map is None
                else label_map.keypoint_names(document["class_id"], len(points))
            )
            document["keypoints"] = keypoint_objects(
                points, width=width, height=height, names=names
            )
    return objects


def image_object(
    result: ImageResult, label_map: LabelMap | None, *, annotated: bool
) -> dict[str, Any]:
    """`image`, `detections` and, where asked for, the `annotated` image and the `belief_map`."""
    document: dict[str, Any] = {
        "image": {
            "width": result.size_wh[0],
            "height": result.size_wh[1],
            **({"truncated": True} if result.truncated else {}),
        },
        "detections": detection_objects(result, label_map),
    }
    if annotated and result.annotated is not None:
        document["annotated"] = _file(result.annotated, result.annotated_type)
    if result.beliefs is not None:
        document["belief_map"] = _file(encode_image(result.beliefs, PNG), PNG)
    return document


def _file(content: bytes, media_type: str) -> dict[str, str]:
    return {"media_type": media_type, "b64": base64.b64encode(content).decode()}


def coco_document(results: Sequence[ImageResult]) -> list[dict[str, Any]]:
    """Every image's COCO results in one list; `image_id` counts the images from 0."""
    return [
        record
        for image_id, result in enumerate(results)
        for record in coco_results(
            result.detections,
            width=result.size_wh[0],
            height=result.size_wh[1],
            image_id=image_id,
        )
    ]


def _corners(values: Sequence[float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in zip(_CORNERS, values, strict=True)}


def as_json(document: object) -> bytes:
    """`document` as one line of UTF-8; a number that JSON does not know is our bug."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n"
