"""What operators and orchestrators ask: `/healthz`, `/readyz`, `/metrics`, `/limits`."""

from typing import Any

from flask import Response
from flask_restx import Namespace, Resource

from client_api.inference.readiness import Readiness
from client_api.observability.metrics import CONTENT_TYPE, Metrics
from client_api.requests.negotiation import JSON
from client_api.resources.answer_models import answers, register_models
from client_api.responses.limits_document import limits_of
from client_api.responses.prediction_response import as_json
from client_api.settings import Settings


class Health(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/healthz`."""

    def get(self) -> Response:
        """200 while the process answers; asks nobody else."""
        return Response(as_json({"status": "alive"}), content_type=JSON)


class Ready(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/readyz`."""

    def __init__(self, api: Any = None, *, readiness: Readiness) -> None:
        super().__init__(api)
        self._readiness = readiness

    def get(self) -> Response:
        """200 once the default model is AVAILABLE and has answered a prediction."""
        ready = self._readiness.check()
        model = {"name": ready.model, "version": str(ready.version)}
        return Response(as_json({"status": "ready", "model": model}), content_type=JSON)


class MetricsText(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/metrics`."""

    def __init__(self, api: Any = None, *, metrics: Metrics) -> None:
        super().__init__(api)
        self._metrics = metrics

    def get(self) -> Response:
        """Prometheus's text format."""
        return Response(self._metrics.as_text(), content_type=CONTENT_TYPE)


class Limits(Resource):  # type: ignore[misc]  # flask_restx has no types
    """`/limits`."""

    def __init__(self, api: Any = None, *, settings: Settings) -> None:
        super().__init__(api)
        self._settings = settings

    def get(self) -> Response:
        """What a request may bring at most."""
        return Response(as_json(limits_of(self._settings)), content_type=JSON)


def namespace(settings: Settings, readiness: Readiness, metrics: Metrics) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("operations", "For those who run it", path="/")
    register_models(ns)
    not_ready = {200: "Ready", 503: "Not ready; the detail says what is waited for"}
    alive = answers(ns, {200: "Alive"}, "Health")
    for path, name in (("/healthz", "get_healthz"), ("/v2/health/live", "get_v2_live")):
        ns.add_resource(Health, path, route_doc={"get": {"id": name, "responses": alive}})
    for path, name in (("/readyz", "get_readyz"), ("/v2/health/ready", "get_v2_ready")):
        operation = {"id": name, "responses": answers(ns, not_ready, "Ready")}
        ns.add_resource(
            Ready,
            path,
            route_doc={"get": operation},
            resource_class_kwargs={"readiness": readiness},
        )
    text = {
        "get": {
            "id": "get_metrics",
            "produces": [CONTENT_TYPE.partition(";")[0]],
            "responses": {200: ("Prometheus's text format", None, {})},
        }
    }
    ns.add_resource(
        MetricsText, "/metrics", route_doc=text, resource_class_kwargs={"metrics": metrics}
    )
    limits = {"get": {"id": "get_limits", "responses": answers(ns, {200: "The limits"}, "Limits")}}
    ns.add_resource(
        Limits, "/limits", route_doc=limits, resource_class_kwargs={"settings": settings}
    )
    return ns
