"""Every error as `application/problem+json` (RFC 9457), whoever noticed it.

Flask-RESTX's own error handlers cannot set that content type (it is overwritten, and a stray
`"message"` added), so `ProblemApi` overrides what it does with an exception, and the last stage of
every answer looks that nothing else left the application.
"""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from flask import Flask, Response, request
from flask_restx import Api
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from client_api.errors import GatewayError, RequestTooLarge
from client_api.observability.request_record import record_if_any

PROBLEM_TYPE = "application/problem+json"
INTERNAL_ERROR = "the gateway failed; its log says why, under this request_id"

_log = logging.getLogger(__name__)


class ProblemApi(Api):  # type: ignore[misc]  # flask_restx has no types
    """A Flask-RESTX API that leaves errors to the application's handlers, and `/` to the page."""

    @property
    def base_path(self) -> str:
        """Where the paths of the specification begin."""
        return "/"

    @property
    def __schema__(self) -> dict[str, Any]:
        """The specification, with its paths where this caller sees them."""
        schema: dict[str, Any] = super().__schema__
        return schema | {"basePath": request.script_root or "/"}

    def handle_error(self, e: Exception) -> Response:
        """The problem that `e` is, in place of Flask-RESTX's own JSON."""
        return problem_of(e)

    def _should_use_fr_error_handler(self) -> bool:
        try:
            return bool(super()._should_use_fr_error_handler())
        except RequestRedirect:
            # It looks whose path this is by another method, which doubled slashes redirect.
            return True

    def _register_apidoc(self, app: Flask) -> None:
        # The two of its files that are needed are served with ours.
        del app

    def _register_doc(self, app: Flask) -> None:
        # Flask-RESTX would take `/` for itself and answer 404 there.
        del app


def problem(
    status: int, detail: str, request_id: str, *, retry_after_s: int | None = None
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a problem.

    Args:
        status: of HTTP.
        detail: for the caller.
        request_id: of the request that failed.
        retry_after_s: seconds after which asking again may help.
    """
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "error": detail,
        "request_id": request_id,
    }
    headers = {"Content-Type": PROBLEM_TYPE, "Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="predictions"'
    # What a caller sent may be quoted, and need not be text that UTF-8 can hold.
    return json.dumps(body, ensure_ascii=False).encode(errors="replace") + b"\n", headers


def problem_response(error: GatewayError) -> Response:
    """`error` as the answer to the request being handled."""
    record = record_if_any()
    if record is not None:
        record.problem_field = error.field
    return _response(error.status, error.detail, retry_after_s=error.retry_after_s)


def problem_of(error: Exception) -> Response:
    """Any exception as the answer to the request being handled; ours and nobody's are logged."""
    if isinstance(error, GatewayError):
        return problem_response(error)
    if isinstance(error, RequestEntityTooLarge):
        return problem_response(
            RequestTooLarge("the body has more bytes or parts than are accepted")
        )
    if isinstance(error, HTTPException):
        return _of_http_exception(error)
    _log.error("the gateway failed", exc_info=error)
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL_ERROR)


def _of_http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return cast("Response", error.get_response(request.environ))  # a redirect
    if isinstance(error, NotFound):
        detail = f"nothing is at {request.path[:200]}; /docs lists what there is"
    elif isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        detail = f"{request.path[:200]} takes {allowed}, not {request.method[:20]}"
    else:
        detail = HTTPStatus(status).description or HTTPStatus(status).phrase
    response = _response(status, detail)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _response(status: int, detail: str, *, retry_after_s: int | None = None) -> Response:
    record = record_if_any()
    body, headers = problem(
        status, detail, record.request_id if record else "", retry_after_s=retry_after_s
    )
    return Response(body, status, headers)


def answer_errors_as_problems(app: Flask) -> None:
    """Register the handler on `app`, unknown paths and crashes included."""
    handler: Callable[[Any], Response] = problem_of
    app.register_error_handler(Exception, handler)


def as_problem(response: Response) -> Response:
    """An answer that tells of an error as a problem, whoever made it."""
    if response.mimetype in {PROBLEM_TYPE, "text/html"}:
        return response
    return _response(response.status_code, HTTPStatus(response.status_code).phrase)
