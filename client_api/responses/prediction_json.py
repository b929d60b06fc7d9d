"""What was found as JSON: boxes in pixels of the upright image, names, timings."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from client_api.responses.drawn_image import encode_image
from detection.coco import coco_results
from detection.detections import Detections
from detection.json_objects import json_objects
from detection.label_map import LabelMap

PNG = "image/png"


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
    """One object a detection, with all that was found of it, in the image's pixels."""
    width, height = result.size_wh
    return json_objects(result.detections, width=width, height=height, label_map=label_map)


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


def as_json(document: object) -> bytes:
    """`document` as one line of UTF-8; a number that JSON does not know is our bug."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n"
