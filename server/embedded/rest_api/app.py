"""The REST API as a WSGI application."""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

import grpc
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from server.embedded.core import ModelServerCore
from server.embedded.errors import ServingError
from server.embedded.memory_trimmer import MemoryTrimmer
from server.embedded.metrics import ServingMetrics
from server.embedded.predict import (
    DEFAULT_SIGNATURE,
    check_input_count,
    choose_outputs,
    run_predict,
)
from server.embedded.rest_api.body_encoding import unpack_body
from server.embedded.rest_api.deadline import Deadline
from server.embedded.rest_api.example_requests import ExampleAction, infer_examples
from server.embedded.rest_api.json_memory import MAX_JSON_MEMORY_BYTES, JsonMemory
from server.embedded.rest_api.json_values import invalid, parse_json
from server.embedded.rest_api.message_json import SIGNATURE_FIELD, metadata_json, status_json
from server.embedded.rest_api.predict_json import decode_inputs, signature_name
from server.embedded.rest_api.response_json import write_outputs
from server.embedded.rest_api.response_text import ResponseText
from server.embedded.rest_api.routes import PREFIX, Route, parse_route
from serving_protocol.messages import GetModelMetadataRequest, GetModelStatusRequest, ModelSpec

log = logging.getLogger(__name__)

# A body of JSON numbers takes up to 25 times its size in memory while it is read.
JSON_GROWTH = 25
MAX_BODY_BYTES = 64 * 1024 * 1024
DEFAULT_TIMEOUT_S = 30.0

# Source: `ToHTTPStatusCode` in TensorFlow Serving's http_server.cc. Everything else is 500.
HTTP_STATUS = {
    grpc.StatusCode.OK: 200,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def create_rest_app(
    core: ModelServerCore,
    *,
    metrics: ServingMetrics | None = None,
    metrics_path: str = "/monitoring/prometheus/metrics",
    timeout_s: float | None = DEFAULT_TIMEOUT_S,
    max_body_bytes: int = MAX_BODY_BYTES,
    max_json_memory_bytes: int = MAX_JSON_MEMORY_BYTES,
    threads: int = 8,
    memory_trimmer: MemoryTrimmer | None = None,
) -> WsgiApp:
    """The REST API of a model server.

    Args:
        core: answers the requests.
        metrics: are shown at `metrics_path`; None where monitoring is off.
        metrics_path: begins with a slash.
        timeout_s: for a predict; None for no limit.
        max_body_bytes: longer bodies are refused with 413.
        max_json_memory_bytes: what reading the JSON of all requests at a time may take.
        threads: how many predicts run at the same time where there is a timeout.
        memory_trimmer: is told of each predict; None where nothing is to be given back.
    """
    return Request.application(
        RestApi(
            core,
            metrics=metrics,
            metrics_path=metrics_path,
            deadline=Deadline(timeout_s, threads),
            max_body_bytes=max_body_bytes,
            json_memory=JsonMemory(max_json_memory_bytes),
            memory_trimmer=memory_trimmer,
        ).answer
    )


class RestApi:
    """Answers HTTP requests. See `create_rest_app` for the arguments."""

    def __init__(
        self,
        core: ModelServerCore,
        *,
        metrics: ServingMetrics | None,
        metrics_path: str,
        deadline: Deadline,
        max_body_bytes: int,
        json_memory: JsonMemory,
        memory_trimmer: MemoryTrimmer | None,
    ) -> None:
        self._core = core
        self._metrics = metrics
        self._metrics_path = metrics_path
        self._deadline = deadline
        self._max_body_bytes = max_body_bytes
        self._json_memory = json_memory
        self._memory_trimmer = memory_trimmer

    def answer(self, request: Request) -> Response:
        """The response to any request; what goes wrong is its JSON body."""
        try:
            return self._route(request, _raw_path(request))
        except ServingError as error:
            return error_response(HTTP_STATUS.get(error.code, 500), error.message)
        except HTTPException as error:
            return error_response(error.code or 500, str(error.description))
        except MemoryError:
            return error_response(429, "the request takes more memory than there is")
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return error_response(500, "internal error; the server's log has the details")

    def _route(self, request: Request, path: str) -> Response:
        if self._metrics is not None and path == self._metrics_path:
            return Response(self._metrics.page(), content_type="text/plain")
        if not PREFIX.fullmatch(path):
            return error_response(404, f"Not found: {path}; the API is below /v1/models")
        if request.method == "OPTIONS":
            with self._core.observed("", "REST", ""):
                return _preflight(request)
        # A query is part of the address here, and no address of the API has one.
        try:
            route = parse_route(request.method, _raw_path_and_query(request))
        except ServingError:
            with self._core.observed("", "REST", ""):
                raise
        if route.action == "predict":
            return _json_response(self._predict(route.spec, self._body(request)))
        if route.action == "classify" or route.action == "regress":
            return _json_response(
                self._infer_examples(route.action, route.spec, self._body(request))
            )
        return _json_response([self._describe(route)])

    def _predict(self, spec: ModelSpec, body: bytes) -> list[bytes]:
        with self._core.observed(spec.name, "REST"):
            return self._written(body, lambda text: self._answer_predict(spec, body, text))

    def _written(self, body: bytes, write: Callable[[ResponseText], None]) -> list[bytes]:
        """The pieces of what `write` writes, within the deadline."""
        given_up = threading.Event()

        def answer() -> list[bytes]:
            text = ResponseText(given_up)
            write(text)
            return text.pieces

        if self._memory_trimmer is not None:
            # Of those that are refused, too: the body alone is up to 64 MB.
            self._memory_trimmer.count_message(JSON_GROWTH * len(body))

        def within_memory() -> list[bytes]:
            with self._json_memory.reserved(body):
                return self._counted(answer)

        return self._deadline.run(within_memory, given_up)

    def _counted(self, answer: Callable[[], list[bytes]]) -> list[bytes]:
        """What `answer` returns; the memory that it takes is given back after large bodies."""
        if self._memory_trimmer is None:
            return answer()
        with self._memory_trimmer.request():
            pieces = answer()
        self._memory_trimmer.count_message(sum(map(len, pieces)))
        return pieces

    def _answer_predict(self, spec: ModelSpec, body: bytes, text: ResponseText) -> None:
        document = parse_json(body)
        asked = signature_name(document)
        with self._core.servable(spec) as servable:
            name = asked or DEFAULT_SIGNATURE
            if name not in servable.model.signatures:
                raise invalid(f'Serving signature name: "{name}" not found in signature def')
            signature = servable.model.signatures[name]
            if not signature.inputs:
                raise invalid(f"Failed to get input map for signature: {asked or 'DEFAULT'}")
            inputs, json_format = decode_inputs(document, signature.inputs)
            check_input_count(signature, inputs)
            del document
            outputs = choose_outputs(signature, [])
            results = run_predict(servable, name, inputs, outputs, self._core.observer)
        write_outputs(text, results, json_format)

    def _infer_examples(self, action: ExampleAction, spec: ModelSpec, body: bytes) -> list[bytes]:
        with self._core.observed(
            spec.name, "REST", "Classify" if action == "classify" else "Regress"
        ):
            return self._written(
                body, lambda text: infer_examples(self._core, action, spec, body, text)
            )

    def _body(self, request: Request) -> bytes:
        request.max_content_length = self._max_body_bytes
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge as error:
            raise RequestEntityTooLarge(
                f"the body has more than {self._max_body_bytes} bytes"
            ) from error
        encoding = request.headers.get("Content-Encoding", "")
        return unpack_body(body, encoding, self._max_body_bytes)

    def _describe(self, route: Route) -> bytes:
        with self._core.observed(route.spec.name, "REST", ""):
            return self._description(route)

    def _description(self, route: Route) -> bytes:
        if not route.spec.name:
            raise invalid("Missing model name in request.")
        if route.action == "metadata":
            request = GetModelMetadataRequest(
                model_spec=route.spec, metadata_field=[SIGNATURE_FIELD]
            )
            return metadata_json(self._core.model_metadata(request))
        return status_json(self._core.model_status(GetModelStatusRequest(model_spec=route.spec)))


def error_response(status: int, message: str) -> Response:
    """`{"error": ...}`, as every error is answered."""
    return Response(error_body(message), status, content_type="application/json")


def error_body(message: str) -> bytes:
    """The body of an error."""
    return json.dumps({"error": message}, indent=4, ensure_ascii=False).encode()


def _json_response(pieces: list[bytes]) -> Response:
    return Response(pieces, content_type="application/json")


def _preflight(request: Request) -> Response:
    """What a browser asks before it posts to another origin's address."""
    if re.search("https?://", request.headers.get("Origin", "")) is None:
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION, "Origin header is missing in CORS preflight"
        )
    return Response(status=200, content_type=None)


def _raw_path_and_query(request: Request) -> str:
    raw: str = request.environ.get("REQUEST_URI") or request.full_path.removesuffix("?")
    return raw


def _raw_path(request: Request) -> str:
    """The path as it was sent: a model's name may hold an encoded slash or colon."""
    raw: str = request.environ.get("REQUEST_URI") or request.path
    return raw.partition("?")[0]
