"""`/v1/vision/...`: the API of DeepStack, which home-automation software speaks.

Frigate, Home Assistant, Blue Iris and Agent DVR send a form with `image`, and may send
`min_confidence`, `api_key` and what they like beside; they read `success` and `predictions`. An
error is a problem here too, with `success: false` beside.

Source: DeepStack's documentation and server.go; CodeProject.AI's API reference; the clients of the
programs named.
"""

from typing import Any

from flask import Response, request
from flask_restx import Namespace, Resource

from client_api.prediction.service import PredictionService
from client_api.requests.dialects import MIN_CONFIDENCE
from client_api.requests.negotiation import JSON
from client_api.resources.answer_models import answers, register_models
from client_api.resources.predictions import RESPONSES, PredictionResource
from client_api.responses.deepstack_json import models_document, update_document
from client_api.responses.model_document import ModelDocuments
from client_api.responses.prediction_response import as_json
from detection.images.formats import FORMAT_NAMES
from serving_protocol.model_server import ModelChoice

PATH = "/v1/vision/detection"
CUSTOM_PATH = "/v1/vision/custom/<string:model>"
LIST_PATH = "/v1/vision/custom/list"
UPDATE_PATH = "/v1/status/updateavailable"
_LIST_RESPONSES = {200: "The models", 503: "The model server is away", 504: "It did not answer"}
_PARAMETERS = {
    "image": {
        "in": "formData",
        "type": "file",
        "required": True,
        "description": f"A {FORMAT_NAMES} file.",
    },
    "min_confidence": {
        "in": "formData",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": MIN_CONFIDENCE,
        "description": "Lowest confidence returned.",
    },
    "api_key": {
        "in": "formData",
        "type": "string",
        "description": "The API key, where one is set; a header may bring it too.",
    },
}


class DeepStackDetection(PredictionResource):
    """`/v1/vision/detection`."""

    def post(self) -> Response:
        """Find what is in an image, in the words of DeepStack's API."""
        return self._service.predict(request)


class DeepStackCustomDetection(PredictionResource):
    """`/v1/vision/custom/{model}`."""

    def post(self, model: str) -> Response:
        """Find what is in an image with a named model, in the words of DeepStack's API."""
        return self._service.predict(request, ModelChoice(model))


class DeepStackCustomList(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/v1/vision/custom/list`."""

    def __init__(self, api: Any = None, *, documents: ModelDocuments) -> None:
        super().__init__(api)
        self._documents = documents

    def get(self) -> Response:
        """The names of the models that find something in images."""
        names = self._documents.names()
        return _json(models_document([each for each in names if self._documents.is_detector(each)]))

    def post(self) -> Response:
        """The names of the models that find something in images."""
        return self.get()


class DeepStackUpdate(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/v1/status/updateavailable`."""

    def get(self) -> Response:
        """Which version this is; Blue Iris asks it to see whether anybody is there."""
        return _json(update_document())


def _json(document: dict[str, Any]) -> Response:
    return Response(as_json(document), content_type=JSON)


def namespace(service: PredictionService, documents: ModelDocuments) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("deepstack", "For software that speaks DeepStack's API", path="/")
    register_models(ns)
    predictions: dict[str, type[PredictionResource]] = {
        PATH: DeepStackDetection,
        CUSTOM_PATH: DeepStackCustomDetection,
    }
    for path, resource in predictions.items():
        operation = {
            "id": f"post_{resource.__name__}",
            "produces": [JSON],
            "responses": answers(ns, RESPONSES, "DeepStackPrediction", "DeepStackProblem"),
            "params": _PARAMETERS,
        }
        ns.add_resource(
            resource,
            path,
            route_doc={"post": operation},
            resource_class_kwargs={"service": service},
            strict_slashes=False,
        )
    found = answers(ns, _LIST_RESPONSES, "DeepStackModels", "DeepStackProblem")
    ns.add_resource(
        DeepStackCustomList,
        LIST_PATH,
        route_doc={
            each: {"id": f"{each}_DeepStackCustomList", "responses": found}
            for each in ("get", "post")
        },
        resource_class_kwargs={"documents": documents},
        strict_slashes=False,
    )
    ns.add_resource(
        DeepStackUpdate,
        UPDATE_PATH,
        route_doc={
            "get": {
                "id": "get_DeepStackUpdate",
                "responses": answers(ns, {200: "Which version this is"}, "DeepStackUpdate"),
            }
        },
        strict_slashes=False,
    )
    return ns
