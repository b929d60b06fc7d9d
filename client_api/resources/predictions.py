"""`POST /predict` and its forms for a named model, version or label."""

import re
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_restx import Namespace, Resource

from client_api.errors import UnknownModel
from client_api.gateway import Gateway
from client_api.observability.request_record import current_record
from client_api.pipelines import Pipeline
from client_api.prediction.keypoint_stage import first_of
from client_api.prediction.service import Chooser, Prediction, Predictor
from client_api.requests.parameters import FORMATS, MAX_DETECTIONS, OVERLAYS, SCHEMAS, TRUNCATED
from client_api.responses.pages import Pages
from client_api.responses.prediction_document import answer_document
from client_api.responses.prediction_json import as_json
from detection.images.formats import FORMAT_NAMES
from serving_protocol.model_server import ModelChoice

MAX_VERSION = 2**63 - 1

# In `formData` because a file is there too: of Swagger UI's content types only
# multipart/form-data can then carry it (python-restx/flask-restx#177).
PARAMETERS = {
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
    "score_threshold": {
        "in": "query",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "Lowest score returned; also called confidence or min_confidence. Without "
        "it, the model's own, which GET /models tells: its card's, else 0.5.",
    },
    "max_detections": {
        "in": "query",
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_DETECTIONS,
        "default": 100,
        "description": "At most so many per image.",
    },
    "classes": {
        "in": "query",
        "type": "string",
        "description": "Only these: label names or ids, with commas between them.",
    },
    "format": {
        "in": "query",
        "type": "string",
        "enum": list(FORMATS),
        "description": "What to answer, over the Accept header.",
    },
    "schema": {
        "in": "query",
        "type": "string",
        "enum": list(SCHEMAS),
        "default": "default",
        "description": "coco: a list of COCO results.",
    },
    "pipeline": {
        "in": "query",
        "type": "string",
        "description": "A pair of models that PIPELINES sets up: the first finds hands, the second "
        "the keypoints of each.",
    },
    "overlay": {
        "in": "query",
        "type": "string",
        "enum": list(OVERLAYS),
        "description": "belief: a model of keypoints' belief maps, below what is drawn and in the "
        "JSON.",
    },
    "truncated": {
        "in": "query",
        "type": "string",
        "enum": list(TRUNCATED),
        "default": "refuse",
        "description": "accept: read what is there of a JPEG or PNG that ends too early; the "
        "image of the answer then has truncated. Also a key beside the images in JSON.",
    },
}
RESPONSES = {
    200: "What was found. JSON has warnings, an array of sentences, where boxes lay far outside of "
    "images, which they name by their places from 0, and were clipped to them",
    400: "A bad parameter or label map, no image, JSON that does not parse",
    401: "An API key is set, and none or a wrong one came",
    404: "No such model, version or label",
    406: "Nothing that Accept lists can be answered",
    413: "Too many bytes or pixels",
    415: "Not an image that can be read, or another content type",
    422: "The label map does not fit the model, or the model is no detector",
    429: "More predictions in a minute than this caller may ask for; Retry-After says until when",
    502: "The model server answered with something that is no detection",
    503: "The model server is away or loading, or too many requests are waiting",
    504: "The model server did not answer in time",
}
PRODUCES = ["application/json", "image/jpeg", "image/png", "image/webp", "text/html"]


class PredictionResource(Resource):  # type: ignore[misc]  # flask_restx has no types
    """What all forms share."""

    def __init__(self, api: Any = None, *, gateway: Gateway, pages: Pages) -> None:
        super().__init__(api)
        self._gateway = gateway
        self._pages = pages

    def _predict(self, choose: Chooser) -> Response:
        return Predictor(self._gateway).predict(request, choose, self._write)

    def _write(self, prediction: Prediction) -> Response:
        record, version = current_record(), prediction.found.version
        self._gateway.metrics.count_prediction(
            version.name,
            version.version,
            len(prediction.results),
            sum(len(each.detections) for each in prediction.results),
            record.stages_ms,
        )
        response = self._answer(prediction)
        response.headers["X-Model-Name"] = quote(version.name)
        response.headers["X-Model-Version"] = str(version.version)
        cut = [str(number) for number, each in enumerate(prediction.results, 1) if each.truncated]
        if cut:
            # For answers that have no place to say it: a drawn image, COCO's results.
            response.headers["X-Truncated-Images"] = ", ".join(cut)
        return response

    def _answer(self, prediction: Prediction) -> Response:
        kind = prediction.kind
        if kind.is_page:
            return self._pages.result(prediction)
        if kind.is_image:
            return Response(prediction.results[0].annotated, content_type=kind.media_type)
        return Response(as_json(answer_document(prediction)), content_type="application/json")


class DefaultPrediction(PredictionResource):
    """`/predict`."""

    def post(self) -> Response:
        """Find what is in an image, with the default model."""
        return self._predict(self._chosen)

    def _chosen(self, pipeline: Pipeline | None) -> ModelChoice:
        name = self._gateway.default_model.name() if pipeline is None else pipeline.detector
        return ModelChoice(name)


class ModelPrediction(PredictionResource):
    """`/models/{model}/predict`."""

    def post(self, model: str) -> Response:
        """Find what is in an image, with a model's newest version."""
        return self._predict(lambda pipeline: first_of(pipeline, ModelChoice(model)))


class VersionPrediction(PredictionResource):
    """`/models/{model}/versions/{version}/predict`."""

    def post(self, model: str, version: str) -> Response:
        """Find what is in an image, with one version of a model."""
        choice = ModelChoice(model, version=version_number(model, version))
        return self._predict(lambda pipeline: first_of(pipeline, choice))


class LabelPrediction(PredictionResource):
    """`/models/{model}/labels/{label}/predict`."""

    def post(self, model: str, label: str) -> Response:
        """Find what is in an image, with the version that has a label such as stable."""
        choice = ModelChoice(model, label=label)
        return self._predict(lambda pipeline: first_of(pipeline, choice))


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


def namespace(gateway: Gateway, pages: Pages) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("predictions", "Images in, named boxes out", path="/")
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
            "responses": RESPONSES,
            "params": PARAMETERS,
        }
        if gateway.settings.api_key is not None:
            operation["security"] = ["bearer", "key"]
        ns.add_resource(
            resource,
            route,
            route_doc={"post": operation},
            resource_class_kwargs={"gateway": gateway, "pages": pages},
        )
    return ns
