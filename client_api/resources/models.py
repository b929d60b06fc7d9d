"""`GET /models`, `/models/{model}` and `/models/{model}/label_map`: what is served."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_restx import Namespace, Resource

from client_api.errors import NotAcceptable, UnknownModel
from client_api.inference.error_mapping import NOT_YET, translate_errors
from client_api.pipelines import Pipeline
from client_api.requests.negotiation import JSON, best_type
from client_api.resources.answer_models import answers, register_models
from client_api.responses.model_document import ModelDocuments, label_map_items
from client_api.responses.prediction_response import as_json
from detection.label_map import LabelMap
from detection.label_map_text import format_label_map
from serving_protocol.model_server import ModelChoice

TEXT = "text/plain"


class ModelResource(Resource):  # type: ignore[misc]  # flask_restx has no types
    """What these resources share."""

    def __init__(
        self, api: Any = None, *, documents: ModelDocuments, pipelines: Sequence[Pipeline]
    ) -> None:
        super().__init__(api)
        self._documents = documents
        self._pipelines = pipelines

    def _model(self, name: str) -> dict[str, Any]:
        with translate_errors(ModelChoice(name), self._documents.server):
            return self._documents.of(name)


class Models(ModelResource):
    """`/models`."""

    def get(self) -> Response:
        """What is served: models, versions, labels, inputs and outputs; and pairs of models."""
        models = []
        for name in self._documents.names():
            try:
                models.append(self._model(name))
            except UnknownModel:
                # The default that is set need not be served.
                models.append(self._documents.unserved(name))
        pipelines = [
            {"name": each.name, "detector": each.detector, "keypoints": each.keypoint_model}
            for each in self._pipelines
        ]
        not_served = [
            {"folder": each.where, "problem": each.what, "remedy": each.remedy}
            for each in self._documents.catalog.diagnoses()
        ]
        document: dict[str, Any] = {"models": models}
        document |= {"pipelines": pipelines} if pipelines else {}
        document |= {"not_served": not_served} if not_served else {}
        return Response(as_json(document), content_type=JSON)


class Model(ModelResource):
    """`/models/{model}`."""

    def get(self, model: str) -> Response:
        """One model: its versions with state, labels, inputs and outputs."""
        return Response(as_json(self._model(model)), content_type=JSON)


class ModelLabelMap(ModelResource):
    """`/models/{model}/label_map`."""

    def get(self, model: str) -> Response:
        """The label map published with the version that a prediction gets."""
        media_type = best_type(request.accept_mimetypes, (JSON, TEXT))
        if media_type is None:
            raise NotAcceptable(f"Accept: {JSON} or {TEXT} is expected")
        label_map = self._label_map(model)
        if media_type == TEXT:
            response = Response(format_label_map(label_map), content_type=f"{TEXT}; charset=utf-8")
        else:
            response = Response(as_json({"items": label_map_items(label_map)}), content_type=JSON)
        response.headers["Vary"] = "Accept"
        return response

    def _label_map(self, name: str) -> LabelMap:
        with translate_errors(ModelChoice(name), self._documents.server):
            states = self._documents.states(name)
        served = self._documents.served_version(name, states)
        coming = [each.version for each in states if each.state in NOT_YET]
        version = max(coming, default=0) if served is None else served
        published = self._documents.catalog.label_map(name, version)
        if published.label_map is None:
            if published.problem is not None:
                raise UnknownModel(f"the label map of model {name} is broken: {published.problem}")
            raise UnknownModel(f"model {name} has no label map")
        return published.label_map


def namespace(documents: ModelDocuments, pipelines: Sequence[Pipeline]) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("models", "What is served", path="/")
    register_models(ns)
    wired: dict[str, Any] = {
        "resource_class_kwargs": {"documents": documents, "pipelines": pipelines}
    }
    unknown = {404: "No such model", 503: "The model server is away", 504: "It did not answer"}
    away = {status: text for status, text in unknown.items() if status > 500}
    found = answers(ns, {200: "Found"} | away, "Models")
    ns.add_resource(Models, "/models", route_doc=_doc("models", found), **wired)
    found = answers(ns, {200: "Found"} | unknown, "Model")
    ns.add_resource(Model, "/models/<string:model>", route_doc=_doc("Model", found), **wired)
    neither = {406: "Neither JSON nor text"}
    found = answers(ns, {200: "Found"} | unknown | neither, "LabelMap")
    ns.add_resource(
        ModelLabelMap,
        "/models/<string:model>/label_map",
        route_doc=_doc("ModelLabelMap", found, [JSON, TEXT]),
        **wired,
    )
    return ns


def _doc(name: str, responses: dict[int, Any], produces: list[str] | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {"id": f"get_{name}", "responses": responses}
    return {"get": operation | ({"produces": produces} if produces else {})}
