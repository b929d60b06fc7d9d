"""`GET /models`, `/models/{model}` and `/models/{model}/label_map`: what is served."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_restx import Namespace, Resource

from client_api.answering.json_answer import as_json
from client_api.asking.model_errors import NOT_YET, in_callers_words
from client_api.errors import NotAcceptable, UnknownModel
from client_api.gateway import Gateway
from client_api.reading.negotiation import JSON, best_type
from detection.label_map import LabelMap
from detection.label_map_text import format_label_map
from serving_protocol.client_errors import ModelNotFound, ModelServerError
from serving_protocol.detector_signature import DEFAULT_SIGNATURE
from serving_protocol.messages import TensorInfo
from serving_protocol.model_server import ModelChoice, VersionState
from serving_protocol.tensors import data_type_name

# How long the model server may take to say what it serves.
TIMEOUT_S = 2.0
TEXT = "text/plain"


class ModelResource(Resource):  # type: ignore[misc]  # flask_restx has no types
    """What these resources share."""

    def __init__(self, api: Any = None, *, gateway: Gateway) -> None:
        super().__init__(api)
        self._gateway = gateway

    def _model(self, name: str) -> dict[str, Any]:
        choice = ModelChoice(name)
        with in_callers_words(choice, self._gateway.model_server):
            states = self._states(name)
        return {
            "name": name,
            "default": name == self._gateway.default_model.name_if_any(),
            "versions": [self._version(name, state) for state in states],
        }

    def _states(self, name: str) -> list[VersionState]:
        try:
            return self._gateway.model_server.status(name, TIMEOUT_S)
        except ModelNotFound:
            # Published, and not noticed by the model server yet, is known too.
            if name in self._gateway.published.names():
                return []
            raise

    def _version(self, name: str, state: VersionState) -> dict[str, Any]:
        published = self._gateway.published.label_map(name, state.version)
        document: dict[str, Any] = {
            "version": str(state.version),
            "state": state.state,
            "error": "the model server could not load it" if state.error else None,
            "labels": None if published.label_map is None else list(published.label_map.labels),
            "label_map_error": published.problem,
            "signature": None,
            "inputs": None,
            "outputs": None,
        }
        return document | (self._signature(name, state) if state.state == "AVAILABLE" else {})

    def _signature(self, name: str, state: VersionState) -> dict[str, Any]:
        try:
            version = self._gateway.served.find(ModelChoice(name, state.version), TIMEOUT_S)
        except ModelServerError:
            # It was unloaded since; the state will say so the next time.
            return {}
        detector = version.detector
        if detector is None:
            about: dict[str, Any] = {"signature_error": version.reason}
            shown = DEFAULT_SIGNATURE
        else:
            about = {"class_count": detector.class_count}
            shown = detector.name
        if shown in version.signatures:
            signature = version.signatures[shown]
            about |= {
                "signature": shown,
                "inputs": _tensors(signature.inputs),
                "outputs": _tensors(signature.outputs),
            }
        return about


class Models(ModelResource):
    """`/models`."""

    def get(self) -> Response:
        """What is served: models, versions, labels, inputs and outputs."""
        names = set(self._gateway.published.names())
        default = self._gateway.default_model.name_if_any()
        if default is not None:
            names.add(default)
        models = []
        for name in sorted(names):
            try:
                models.append(self._model(name))
            except UnknownModel:
                # The default that is set need not be served.
                models.append({"name": name, "default": name == default, "versions": []})
        return Response(as_json({"models": models}), content_type=JSON)


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
            response = Response(as_json({"items": _items(label_map)}), content_type=JSON)
        response.headers["Vary"] = "Accept"
        return response

    def _label_map(self, name: str) -> LabelMap:
        choice = ModelChoice(name)
        with in_callers_words(choice, self._gateway.model_server):
            states = self._states(name)
        available = [each.version for each in states if each.state == "AVAILABLE"]
        coming = [each.version for each in states if each.state in NOT_YET]
        stable = self._gateway.labels.stable(name)
        version = stable if stable in available else max(available or coming, default=0)
        published = self._gateway.published.label_map(name, version)
        if published.label_map is None:
            if published.problem is not None:
                raise UnknownModel(f"the label map of model {name} is broken: {published.problem}")
            raise UnknownModel(f"model {name} has no label map")
        return published.label_map


def _items(label_map: LabelMap) -> list[dict[str, Any]]:
    return [
        {"id": item.id, "name": item.name, "display_name": item.display_name} for item in label_map
    ]


def _tensors(tensors: Mapping[str, TensorInfo]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "dtype": data_type_name(info.dtype),
            "shape": None
            if info.tensor_shape.unknown_rank
            else [dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim],
        }
        for name, info in sorted(tensors.items())
    }


def namespace(gateway: Gateway) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("models", "What is served", path="/")
    wired: dict[str, Any] = {"resource_class_kwargs": {"gateway": gateway}}
    unknown = {404: "No such model", 503: "The model server is away"}
    ns.add_resource(Models, "/models", **wired)
    ns.add_resource(Model, "/models/<string:model>", route_doc=_doc("Model", unknown), **wired)
    ns.add_resource(
        ModelLabelMap,
        "/models/<string:model>/label_map",
        route_doc=_doc("ModelLabelMap", unknown | {406: "Neither JSON nor text"}, [JSON, TEXT]),
        **wired,
    )
    return ns


def _doc(name: str, responses: dict[int, str], produces: list[str] | None = None) -> dict[str, Any]:
    operation: dict[str, Any] = {"id": f"get_{name}", "responses": {200: "Found"} | responses}
    return {"get": operation | ({"produces": produces} if produces else {})}
