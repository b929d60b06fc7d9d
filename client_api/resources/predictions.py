"""`POST /predict` and its forms for a named model, version or label."""

import re
from typing import Any

from flask import Response, request
from flask_restx import Namespace, Resource

from client_api.errors import UnknownModel
from client_api.prediction.service import PredictionService
from client_api.requests.parameters import specification
from client_api.resources.answer_models import answers, register_models
from detection.images.formats import FORMAT_NAMES
from serving_protocol.model_server import ModelChoice

MAX_VERSION = 2**63 - 1

# In `formData`: of Swagger UI's content types only multipart/form-data can carry a file
# (python-restx/flask-restx#177).
PARTS = {
    "image": {
        "in": "formData",
        "type": "file",
        "required": True,
        "description": f"A {FORMAT_NAMES} file. May be repeated.",
    },
    "label_map": {
        "in": "formData",
        "type": "file",
        "description": "A label_map.pbtxt; the one published with the model serves without it.",
    },
}
RESPONSES = {
    200: "What was found: of one image, or of several in results; with schema=coco a list of "
    "CocoResult; an image or a page where Accept or format say so. JSON has warnings, an array of "
    "sentences, where boxes lay far outside of images, which they name by their places from 0, and "
    "were clipped to them",
    400: "A bad parameter or label map, no image, JSON that does not parse",
    401: "An API key is set, and none or a wrong one came",
    404: "No such model, version or label",
    406: "Nothing that Accept lists can be answered",
    408: "The body came too slowly",
    413: "Too many bytes or pixels",
    415: "Not an image that can be read, or another content type",
    422: "The label map does not fit the model, or the model is no detector",
    429: "More predictions in a minute than this caller may ask for, or too many wrong keys; "
    "Retry-After says until when",
    502: "The model server answered with something that is no detection",
    503: "The model server is away or loading, or too many requests are waiting",
    504: "The model server did not answer in time",
}
PRODUCES = ["application/json", "image/jpeg", "image/png", "image/webp", "text/html"]


class PredictionResource(Resource):  # type: ignore[misc]  # flask_restx has no types
    """What all forms share."""

    def __init__(self, api: Any = None, *, service: PredictionService) -> None:
        super().__init__(api)
        self._service = service


class DefaultPrediction(PredictionResource):
    """`/predict`."""

    def post(self) -> Response:
        """Find what is in an image, with the default model."""
        return self._service.predict(request)


class ModelPrediction(PredictionResource):
    """`/models/{model}/predict`."""

    def post(self, model: str) -> Response:
        """Find what is in an image, with a model's newest version."""
        return self._service.predict(request, ModelChoice(model))


class VersionPrediction(PredictionResource):
    """`/models/{model}/versions/{version}/predict`."""

    def post(self, model: str, version: str) -> Response:
        """Find what is in an image, with one version of a model."""
        choice = ModelChoice(model, version=version_number(model, version))
        return self._service.predict(request, choice)


class LabelPrediction(PredictionResource):
    """`/models/{model}/labels/{label}/predict`."""

    def post(self, model: str, label: str) -> Response:
        """Find what is in an image, with the version that has a label such as stable."""
        return self._service.predict(request, ModelChoice(model, label=label))


def version_number(model: str, text: str) -> int:
    """The version that a path names.

    Raises:
        UnknownModel: it is no number that a version can have.
    """
    if re.fullmatch(r"[0-9]{1,19}", text) and int(text) <= MAX_VERSION:
        return int(text)
    raise UnknownModel(
        f"version {text[:50]!r} of model {model[:200]} is unknown: versions are whole numbers "
        f"from 0 to {MAX_VERSION}"
    )


def namespace(service: PredictionService) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("predictions", "Images in, named boxes out", path="/")
    register_models(ns)
    routes: dict[str, type[PredictionResource]] = {
        "/predict": DefaultPrediction,
        "/models/<string:model>/predict": ModelPrediction,
        "/models/<string:model>/versions/<string:version>/predict": VersionPrediction,
        "/models/<string:model>/labels/<string:label>/predict": LabelPrediction,
    }
    for route, resource in routes.items():
        operation: dict[str, Any] = {
            "id": f"post_{resource.__name__}",
            "produces": PRODUCES,
            "responses": answers(ns, RESPONSES, "Prediction"),
            "params": PARTS | specification(),
        }
        if service.key_guard.needs_key:
            operation["security"] = ["bearer", "key"]
        ns.add_resource(
            resource,
            route,
            route_doc={"post": operation},
            resource_class_kwargs={"service": service},
        )
    return ns
