"""What is answered to software that speaks DeepStack's API, errors too.

Source: DeepStack's response.go; CodeProject.AI's API reference for `code`, for the list of models
and for `updateavailable`.
"""

import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request

from client_api import API_VERSION
from client_api.observability.request_record import current_record
from client_api.requests.negotiation import JSON
from client_api.responses.prediction_response import Prediction, add_version_headers, as_json
from client_api.responses.problem_documents import PROBLEM_TYPE
from detection.boxes import to_pixels_xyxy
from detection.scores import exact_score

PATHS = "/v1/"
_CORNERS = ("x_min", "y_min", "x_max", "y_max")


def respond_as_deepstack(prediction: Prediction) -> Response:
    """The response with `detection_document`."""
    response = Response(as_json(detection_document(prediction)), content_type=JSON)
    add_version_headers(response, prediction)
    return response


def detection_document(prediction: Prediction) -> dict[str, Any]:
    """What was found in the image, by falling score, with its boxes' corners as whole pixels."""
    [result] = prediction.results
    found, (width, height) = result.detections, result.size_wh
    corners = to_pixels_xyxy(found.boxes_yxyx, width=width, height=height).round().astype(int)
    names = prediction.label_map
    predictions = [
        {
            # A text always: there is no other way to tell a class here.
            "label": (names and names.label(int(class_id))) or str(int(class_id)),
            "confidence": exact_score(score),
            **dict(zip(_CORNERS, box, strict=True)),
        }
        for class_id, score, box in zip(
            found.class_ids, found.scores, corners.tolist(), strict=True
        )
    ]
    return {"success": True, "predictions": predictions, "duration": _duration_s()}


def models_document(names: Sequence[str]) -> dict[str, Any]:
    """The models that `/v1/vision/custom/` answers for."""
    return {"success": True, "models": list(names), "duration": _duration_s()}


def update_document() -> dict[str, Any]:
    """Which version of the API this is, and that no other is looked for."""
    current = _version()
    return {
        "success": True,
        "message": "updates are not looked for",
        "version": current,
        "current": current,
        "latest": current,
        "updateAvailable": False,
    }


def _version() -> dict[str, Any]:
    major, minor = API_VERSION.split(".")
    return {
        "major": int(major),
        "minor": int(minor),
        "patch": 0,
        "preRelease": "",
        "securityUpdate": False,
        "build": 0,
        "file": "",
        "releaseNotes": "",
    }


def _duration_s() -> float:
    """Seconds since the request arrived."""
    return round(current_record().total_ms / 1000, 4)


def add_failure_members(response: Response) -> Response:
    """Add to a problem at DeepStack's paths what its clients look for."""
    if request.path.startswith(PATHS) and response.mimetype == PROBLEM_TYPE:
        problem = json.loads(response.get_data())
        added = {"success": False, "code": problem["status"], "duration": _duration_s()}
        response.set_data(as_json(problem | added))
    return response
