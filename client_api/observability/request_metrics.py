"""Counts every request."""

from flask import Flask, Response, request

from client_api.observability.metrics import Metrics
from client_api.observability.request_record import current_record

# Methods are counted under their names only where they are known: a caller can invent others.
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


def measure_requests(app: Flask, metrics: Metrics) -> None:
    """Count each answer of `app` in `metrics`."""

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "unknown"
        method = request.method if request.method in METHODS else "other"
        seconds = current_record().total_ms / 1000
        metrics.count_request(route, method, response.status_code, seconds)
        return response
