"""The last stage of every answer: problems, headers, compression, the metrics and the log line."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, request

from client_api.observability.log_lines import AccessLog
from client_api.observability.metrics import Metrics
from client_api.observability.request_record import current_record
from client_api.requests.negotiation import PAGE
from client_api.responses.compression import compress
from client_api.responses.problem_documents import as_problem

# What is no page loads nothing and runs nothing, should a browser show it as one.
NOTHING_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Scripts and styles are files of ours, never text in the page. Images that were chosen or
# photographed are blobs, as the camera's video may be; an answer's image is a data URL.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The page takes images with the camera, and nothing else of what a browser guards.
PERMISSIONS = "camera=(self), microphone=(), geolocation=()"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def finish_answers(app: Flask, metrics: Metrics, *adapt: Callable[[Response], Response]) -> None:
    """Finish every answer of `app`, errors included, in one place and in this order.

    Args:
        app: whose requests have records.
        metrics: count each answer.
        adapt: each makes of a problem what some clients read, in this order.
    """
    access_log = AccessLog()

    @app.after_request
    def finish(response: Response) -> Response:
        record = current_record()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = as_problem(response)
            for each in adapt:
                response = each(response)
        total_ms = record.total_ms
        stages = (record.stages_ms | {"total": total_ms}).items()
        response.headers["X-Request-ID"] = record.request_id
        response.headers["Server-Timing"] = ", ".join(f"{name};dur={ms:.2f}" for name, ms in stages)
        add_headers(response)
        if request.method == "GET":
            # What answers a POST is no larger than a packet, or an image, compressed already.
            compress(response)
        route = request.url_rule.rule if request.url_rule is not None else "unknown"
        metrics.count_request(route, request.method, response.status_code, total_ms / 1000)
        access_log.write(record, response, total_ms)
        return response


def add_headers(response: Response) -> None:
    """Add what tells browsers what they may do with it, and caches whether they may keep it."""
    response.headers.update(SECURITY_HEADERS)
    is_page = response.mimetype == PAGE
    response.headers["Content-Security-Policy"] = PAGE_POLICY if is_page else NOTHING_POLICY
    if is_page:
        response.headers["Permissions-Policy"] = PERMISSIONS
    if response.location is not None:
        # Within this host, whatever the request or a proxy calls it.
        target = urlsplit(response.location)
        response.location = urlunsplit(("", "", target.path, target.query, ""))
    # All that is posted is images.
    if request.method == "POST" or request.path.endswith("/predict"):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept"
