"""`POST /v1/vision/detection`: the API of DeepStack, which home-automation software speaks.

Frigate, Home Assistant, Blue Iris and Agent DVR send a form with `image`, and may send
`min_confidence` and `api_key`; they read `success` and `predictions`. An error is a problem here
too: what went wrong is in `error`, where they look for it.

Source: DeepStack's documentation, "Object Detection"; the clients of the programs named.
"""

from typing import Any

from flask import Response, request
from flask_restx import Namespace

from client_api.answering.json_answer import as_json
from client_api.answering.pages import Pages
from client_api.errors import NotExactlyOnePicture
from client_api.gateway import Gateway
from client_api.predicting import Prediction, Predictor
from client_api.reading.negotiation import JSON, PICTURES, AnswerKind
from client_api.resources.predictions import RESPONSES, DefaultPrediction
from detection.boxes import to_pixels_xyxy
from detection.coco import exact_score

PATH = "/v1/vision/detection"
_CORNERS = ("x_min", "y_min", "x_max", "y_max")
_PARAMETERS = {
    "image": {
        "in": "formData",
        "type": "file",
        "required": True,
        "description": "A JPEG, PNG, WebP, BMP, GIF or TIFF file.",
    },
    "min_confidence": {
        "in": "formData",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.5,
        "description": "Lowest confidence returned.",
    },
    "api_key": {
        "in": "formData",
        "type": "string",
        "description": "The API key, where one is set; a header may bring it too.",
    },
}


class DeepStackDetection(DefaultPrediction):
    """`/v1/vision/detection`."""

    def post(self) -> Response:
        """Find what is in a picture, in the words of DeepStack's API."""
        always_json = AnswerKind(JSON, PICTURES[0])
        return Predictor(self._gateway).predict(request, self._chosen, self._write, always_json)

    def _answer(self, prediction: Prediction) -> Response:
        return Response(as_json(deepstack_document(prediction)), content_type=JSON)


def deepstack_document(prediction: Prediction) -> dict[str, Any]:
    """What was found, with the corners of its boxes as whole pixels.

    Raises:
        NotExactlyOnePicture: several were sent, for which the answer has no place.
    """
    if len(prediction.results) != 1:
        raise NotExactlyOnePicture(
            f"{PATH} takes exactly one picture, but {len(prediction.results)} came"
        )
    [result] = prediction.results
    found, (width, height) = result.detections, result.size_wh
    corners = to_pixels_xyxy(found.boxes_yxyx, width=width, height=height).round().astype(int)
    names = prediction.label_map
    return {
        "success": True,
        "predictions": [
            {
                # A text always: there is no other way to tell a class here.
                "label": (names and names.label(int(class_id))) or str(int(class_id)),
                "confidence": exact_score(score),
                **dict(zip(_CORNERS, box, strict=True)),
            }
            for class_id, score, box in zip(
                found.class_ids, found.scores, corners.tolist(), strict=True
            )
        ],
    }


def namespace(gateway: Gateway, pages: Pages) -> Namespace:
    """The resource of this file, wired."""
    ns = Namespace("deepstack", "For software that speaks DeepStack's API", path="/")
    operation = {
        "id": "post_DeepStackDetection",
        "produces": [JSON],
        "responses": RESPONSES,
        "params": _PARAMETERS,
    }
    ns.add_resource(
        DeepStackDetection,
        PATH,
        route_doc={"post": operation},
        resource_class_kwargs={"gateway": gateway, "pages": pages},
    )
    return ns
