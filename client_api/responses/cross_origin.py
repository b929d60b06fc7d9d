"""Which pages of other origins may read answers: CORS, by `ALLOW_ORIGINS` alone.

Source: the Fetch standard, "CORS protocol". Cookies are never part of it: there are none.
"""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Flask, Response, request

ANY_ORIGIN = "*"
METHODS = "GET, HEAD, POST"
REQUEST_HEADERS = "Accept, Authorization, Content-Type, X-API-Key, X-Request-ID"
ANSWER_HEADERS = "Retry-After, Server-Timing, X-Request-ID"
MAX_AGE_S = 600


def allow_origins(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of `origins` read the answers of `app`, and ask with keys; of none, where empty.

    Args:
        app: of the gateway.
        origins: such as `https://boxes.example.com`; `*` for any.
    """
    if not origins:
        return
    is_any = ANY_ORIGIN in origins

    def allowed() -> str | None:
        origin = request.headers.get("Origin")
        if origin is None or not (is_any or origin in origins):
            return None
        return ANY_ORIGIN if is_any else origin

    @app.before_request
    def answer_preflight() -> Response | None:
        is_preflight = "Access-Control-Request-Method" in request.headers
        if request.method != "OPTIONS" or not is_preflight or allowed() is None:
            return None
        response = Response(status=HTTPStatus.NO_CONTENT)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
        return response

    @app.after_request
    def add(response: Response) -> Response:
        if not is_any:
            response.vary.add("Origin")
        origin = allowed()
        if origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = ANSWER_HEADERS
        return response
