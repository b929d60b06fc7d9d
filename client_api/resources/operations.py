"""What operators and orchestrators ask: `/healthz`, `/readyz`, `/metrics`, `/limits`."""

from typing import Any

from flask import Response
from flask_restx import Namespace, Resource

from client_api.gateway import Gateway
from client_api.observability.metrics import CONTENT_TYPE
from client_api.requests.negotiation import JSON
from client_api.responses.limits_document import limits_of
from client_api.responses.prediction_json import as_json


class OperationsResource(Resource):  # type: ignore[misc]  # flask_restx has no types
    """What these resources share."""

    def __init__(self, api: Any = None, *, gateway: Gateway) -> None:
        super().__init__(api)
        self._gateway = gateway


class Health(OperationsResource):
    """`/healthz`."""

    def get(self) -> Response:
        """200 while the process answers; asks nobody else."""
        return Response(as_json({"status": "alive"}), content_type=JSON)


class Ready(OperationsResource):
    """`/readyz`."""

    def get(self) -> Response:
        """200 once the default model is AVAILABLE and has answered a prediction."""
        ready = self._gateway.readiness.check()
        model = {"name": ready.model, "version": str(ready.version)}
        return Response(as_json({"status": "ready", "model": model}), content_type=JSON)


class MetricsText(OperationsResource):
    """`/metrics`."""

    def get(self) -> Response:
        """Prometheus's text format."""
        return Response(self._gateway.metrics.as_text(), content_type=CONTENT_TYPE)


class Limits(OperationsResource):
    """`/limits`."""

    def get(self) -> Response:
        """What a request may bring at most."""
        return Response(as_json(limits_of(self._gateway.settings)), content_type=JSON)


def namespace(gateway: Gateway) -> Namespace:
    """The resources of this file, wired."""
    ns = Namespace("operations", "For those who run it", path="/")
    wired: dict[str, Any] = {"resource_class_kwargs": {"gateway": gateway}}
    not_ready = {200: "Ready", 503: "Not ready; the detail says what is waited for"}
    for path, name in (("/healthz", "get_healthz"), ("/v2/health/live", "get_v2_live")):
        ns.add_resource(Health, path, route_doc={"get": {"id": name}}, **wired)
    for path, name in (("/readyz", "get_readyz"), ("/v2/health/ready", "get_v2_ready")):
        operation = {"id": name, "responses": not_ready}
        ns.add_resource(Ready, path, route_doc={"get": operation}, **wired)
    text = {"get": {"id": "get_metrics", "produces": [CONTENT_TYPE.partition(";")[0]]}}
    ns.add_resource(MetricsText, "/metrics", route_doc=text, **wired)
    ns.add_resource(Limits, "/limits", **wired)
    return ns
