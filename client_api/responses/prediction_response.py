"""A prediction as its response: JSON, or the annotated image."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response
from PIL import Image

from client_api.catalog.served_versions import ServedVersion
from client_api.inference.detector_client import InferenceResult
from client_api.observability.request_record import current_record
from client_api.pipelines import Pipeline
from client_api.requests.negotiation import JSON, PAGE, AnswerKind
from client_api.requests.parameters import PredictionParameters
from client_api.responses.annotated_image import PNG, encode_image
from detection.coco import coco_results
from detection.detections import Detections
from detection.json_objects import json_objects
from detection.label_map import LabelMap


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
        keypoint_version: of a pipeline's second model, which found the keypoints.
    """

    size_wh: tuple[int, int]
    detections: Detections
    annotated: bytes | None = None
    annotated_type: str = ""
    beliefs: Image.Image | None = None
    truncated: bool = False
    keypoint_version: ServedVersion | None = None


@dataclass(frozen=True)
class Prediction:
    """What was found in the images of a request.

    Attributes:
        found: by the model, of every image.
        results: what of it was asked for.
        label_map: the classes' names.
        kind: of the response.
        parameters: with the score threshold that counted.
        pipeline: the pair of models, where one was asked for.
        names: of the images' files, where a form told them.
    """

    found: InferenceResult
    results: Sequence[ImageResult]
    label_map: LabelMap | None
    kind: AnswerKind
    parameters: PredictionParameters
    pipeline: Pipeline | None = None
    names: Sequence[str] = ()


def respond(prediction: Prediction, *, page: Callable[[Prediction], Response]) -> Response:
    """The response of the kind that was asked for.

    Args:
        prediction: of at least one image.
        page: renders the page that shows it.
    """
    media_type = prediction.kind.media_type
    if media_type == PAGE:
        response = page(prediction)
    elif media_type == JSON:
        response = Response(as_json(prediction_document(prediction)), content_type=JSON)
    else:
        response = Response(prediction.results[0].annotated, content_type=media_type)
    add_version_headers(response, prediction)
    return response


def add_version_headers(response: Response, prediction: Prediction) -> None:
    """Name the version that answered, and the images that ended too early."""
    version = prediction.found.known.served
    response.headers["X-Model-Name"] = quote(version.name)
    response.headers["X-Model-Version"] = str(version.version)
    cut = [str(number) for number, each in enumerate(prediction.results, 1) if each.truncated]
    if cut:
        # For answers that have no place to say it: a drawn image, COCO's results.
        response.headers["X-Truncated-Images"] = ", ".join(cut)


def prediction_document(prediction: Prediction) -> dict[str, Any] | list[dict[str, Any]]:
    """The document: of one image, of several, or a list of COCO results."""
    if prediction.parameters.schema == "coco":
        return coco_document(prediction.results)
    record, version = current_record(), prediction.found.known.served
    images = [
        image_object(each, prediction.label_map, annotated=prediction.kind.media_type == JSON)
        for each in prediction.results
    ]
    document: dict[str, Any] = {
        "request_id": record.request_id,
        "model": {"name": version.name, "version": str(version.version)},
    }
    keypoint_version = prediction.results[-1].keypoint_version
    if prediction.pipeline is not None and keypoint_version is not None:
        keypoints = {"name": keypoint_version.name, "version": str(keypoint_version.version)}
        document["pipeline"] = {"name": prediction.pipeline.name, "keypoints": keypoints}
    if prediction.found.warnings:
        document["warnings"] = list(prediction.found.warnings)
    document |= images[0] if len(images) == 1 else {"results": images}
    document["timing_ms"] = record.timing_ms()
    return document


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
        "detections": json_objects(
            result.detections,
            width=result.size_wh[0],
            height=result.size_wh[1],
            label_map=label_map,
        ),
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
