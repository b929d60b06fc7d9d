"""`--rest_api_enable_cors_support`: browsers may show answers to pages of other origins."""

from collections.abc import Callable, Iterable
from typing import Any

from server.embedded.rest_api.app import WsgiApp

HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
]


def for_other_origins(app: WsgiApp) -> WsgiApp:
    """`app` with the headers in every answer, as TensorFlow Serving's `AddCORSHeaders`."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *HEADERS], *more)

        return app(environ, start)

    return answer
