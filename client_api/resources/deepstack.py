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

from client_api.gateway import Gateway
from client_api.inference.error_mapping import translate
from client_api.prediction.keypoint_stage import first_of
from client_api.prediction.service import Prediction, Predictor
from client_api.requests.deepstack_form import DEEPSTACK, MIN_CONFIDENCE
from client_api.requests.negotiation import JSON
from client_api.resources.predictions import RESPONSES, DefaultPrediction, PredictionResource
from client_api.responses.deepstack_json import (
    detection_document,
    models_document,
    update_document,
)
from client_api.responses.model_document import TIMEOUT_S, ModelDocuments
from client_api.responses.pages import Pages
from client_api.responses.prediction_json import as_json
from detection.images.formats import FORMAT_NAMES
from serving_protocol.client_errors import ModelNotFound, ModelServerError
from serving_protocol.model_server import ModelChoice

PATH = "/v1/vision/detection"
CUSTOM_PATH = "/v1/vision/custom/<string:model>"
LIST_PATH = "/v1/vision/custom/list"
UPDATE_PATH = "/v1/status/updateavailable"
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


class DeepStackDetection(DefaultPrediction):
    """`/v1/vision/detection`."""

    def post(self) -> Response:
        """Find what is in an image, in the words of DeepStack's API."""
        return Predictor(self._gateway).predict(request, self._chosen, self._write, DEEPSTACK)

    def _answer(self, prediction: Prediction) -> Response:
        return _json(detection_document(prediction))


class DeepStackCustomDetection(PredictionResource):
    """`/v1/vision/custom/{model}`."""

    def post(self, model: str) -> Response:
        """Find what is in an image with a named model, in the words of DeepStack's API."""
        return Predictor(self._gateway).predict(
            request,
            lambda pipeline: first_of(pipeline, ModelChoice(model)),
            self._write,
            DEEPSTACK,
        )

    def _answer(self, prediction: Prediction) -> Response:
        return _json(detection_document(prediction))


class DeepStackCustomList(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/v1/vision/custom/list`."""

    def __init__(self, api: Any = None, *, gateway: Gateway) -> None:
        super().__init__(api)
        self._gateway = gateway

    def get(self) -> Response:
        """The names of the models that find something in images."""
        names = set(self._gateway.published.names())
        default = self._gateway.default_model.name_if_any()
        if default is not None:
            names.add(default)
        return _json(models_document([name for name in sorted(names) if self._detects(name)]))

    def post(self) -> Response:
        """The names of the models that find something in images."""
        return self.get()

    def _detects(self, name: str) -> bool:
        """Whether the version that a request gets is there, and is a detector."""
        try:
            states = self._gateway.model_server.status(name, TIMEOUT_S)
            version = ModelDocuments(self._gateway).served_version(name, states)
            if version is None:
                return False
            served = self._gateway.served.find(ModelChoice(name, version), TIMEOUT_S)
        except ModelNotFound:
            return False
        except ModelServerError as error:
            raise translate(error, ModelChoice(name)) from error
        return served.detector is not None


class DeepStackUpdate(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/v1/status/updateavailable`."""

    def get(self) -> Response:
        """Which version this is; Blue Iris asks it to see whether anybody is there."""
        return _json(update_document())


def _json(document: dict[str, Any]) -> Response:
    return Response(as_json(document), content_type=JSON)


def namespace(gateway: Gateway, pages: Pages) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("deepstack", "For software that speaks DeepStack's API", path="/")
    predictions: dict[str, type[PredictionResource]] = {
        PATH: DeepStackDetection,
        CUSTOM_PATH: DeepStackCustomDetection,
    }
    for path, resource in predictions.items():
        operation = {
            "id": f"post_{resource.__name__}",
            "produces": [JSON],
            "responses": RESPONSES,
            "params": _PARAMETERS,
        }
        ns.add_resource(
            resource,
            path,
            route_doc={"post": operation},
            resource_class_kwargs={"gateway": gateway, "pages": pages},
            strict_slashes=False,
        )
    ns.add_resource(
        DeepStackCustomList,
        LIST_PATH,
        route_doc={each: {"id": f"{each}_DeepStackCustomList"} for each in ("get", "post")},
        resource_class_kwargs={"gateway": gateway},
        strict_slashes=False,
    )
    ns.add_resource(
        DeepStackUpdate,
        UPDATE_PATH,
        route_doc={"get": {"id": "get_DeepStackUpdate"}},
        strict_slashes=False,
    )
    return ns
