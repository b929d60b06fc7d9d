import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.embedded.core import ModelServerCore
from server.embedded.metrics import ServingMetrics
from server.embedded.model_set import ModelSet
from server.embedded.rest_api.app import WsgiApp, create_rest_app
from server.embedded.rest_api.http_server import RestServer
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import ModelConfig, ModelConfigList, ModelServerConfig
from tests.support import plain_http
from tests.support.fake_engine import FakeEngine, FakeModel, write_version
from tests.support.waiting import wait_until

NAME = "sums"
PREDICT = f"/v1/models/{NAME}:predict"
LIMIT_BYTES = 100_000


@dataclass(frozen=True)
class Served:
    """A REST server over a model that adds 1."""

    server: RestServer
    model: FakeModel
    metrics: ServingMetrics

    def ask(
        self, path: str, body: Any = None, *, method: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer; a body that is no bytes is sent as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method or ("GET" if data is None else "POST"), path, data)
            response = connection.getresponse()
            assert response.headers["Content-Type"] == "application/json"
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def refusal(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, str]:
        """Status and message."""
        status, answer = self.ask(path, body, method=method)
        assert answer.keys() == {"error"}
        return status, answer["error"]


@pytest.fixture(scope="module")
def core_parts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ModelServerCore, FakeModel, ServingMetrics]]:
    base_path = tmp_path_factory.mktemp(NAME)
    version_dir = write_version(base_path, 3, 1.0)
    engine = FakeEngine()
    models = ModelSet(engine, LoadSettings(), poll_wait_s=0)
    config = ModelConfig(name=NAME, base_path=str(base_path), model_platform="tensorflow")
    models.load_initially(ModelServerConfig(model_config_list=ModelConfigList(config=[config])))
    metrics = ServingMetrics()
    yield ModelServerCore(models, metrics), engine.models[version_dir], metrics
    models.close(5)


@contextmanager
def running(app: WsgiApp, threads: int = 4) -> Iterator[RestServer]:
    server = RestServer(app, 0, host="127.0.0.1", threads=threads, max_body_bytes=LIMIT_BYTES)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(core_parts: tuple[ModelServerCore, FakeModel, ServingMetrics]) -> Iterator[Served]:
    core, model, metrics = core_parts
    app = create_rest_app(
        core, metrics=metrics, metrics_path="/metrics", max_body_bytes=LIMIT_BYTES
    )
    with running(app) as server:
        yield Served(server, model, metrics)


def test_rows_and_columns_are_answered_in_kind(served: Served) -> None:
    assert served.ask(PREDICT, {"instances": [1, 2.5]}) == (200, {"predictions": [2.0, 3.5]})
    assert served.ask(PREDICT, {"inputs": {"x": [1]}}) == (200, {"outputs": [2.0]})


def test_versions_are_found_in_the_address(served: Served) -> None:
    body = {"instances": [1]}
    assert served.ask(f"/v1/models/{NAME}/versions/3:predict", body)[0] == 200
    assert served.refusal(f"/v1/models/{NAME}/versions/4:predict", body) == (
        404,
        f"Servable not found for request: Specific({NAME}, 4)",
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        (PREDICT, b"", 400, "JSON Parse error: The document is empty"),
        (PREDICT, b"{", 400, "JSON Parse error: "),
        (PREDICT, b'{"instances": ["\xff"]}', 400, "\\xff"),
        (PREDICT, b"[" * 50_000, 400, "JSON Parse error: Invalid value. at offset: 50000"),
        (PREDICT, b'{"x":' * 15_000, 400, "JSON Parse error: Invalid value. at offset: 75000"),
        (PREDICT, b'{"instances":' + b"[" * 900 + b"]" * 900 + b"}", 400, "nested deeper than 32"),
        (PREDICT, b'{"instances": [1' + b"0" * 9000 + b"]}", 400, "JSON Parse error: Number too"),
        (PREDICT, b'{"instances": [1e400]}', 400, "JSON Parse error: Number too big"),
        (PREDICT, b'{"instances": [-1e+0400]}', 400, "JSON Parse error: Number too big"),
        (PREDICT, [1], 400, "Is not object"),
        (PREDICT, {}, 400, "Missing 'inputs' or 'instances' key"),
        (PREDICT, {"instances": ["a"]}, 400, "is not of expected type: float"),
        (PREDICT, {"instances": [-1]}, 400, "x is negative"),
        (
            PREDICT,
            {"instances": [1], "signature_name": "no"},
            400,
            'Serving signature name: "no" not found in signature def',
        ),
        (PREDICT, b" " * (LIMIT_BYTES + 1), 413, f"the body has more than {LIMIT_BYTES} bytes"),
        ("/v1/models/no:predict", {"instances": [1]}, 404, "Servable not found for request: Late"),
        (f"/v1/models/{NAME}:classify", {}, 400, "key 'examples' is expected and was not found"),
        (f"/v1/models/{NAME}:regress", b"{", 400, "JSON Parse error: "),
        (
            f"/v1/models/{NAME}:regress",
            {"examples": [{"x": 1.0}]},
            400,
            "No regression inputs found in SignatureDef: inputs {",
        ),
        ("/v1/models/no:classify", {"examples": [{}]}, 404, "Servable not found for request: Late"),
        (
            f"/v1/models/{NAME}:classify",
            b" " * (LIMIT_BYTES + 1),
            413,
            f"the body has more than {LIMIT_BYTES} bytes",
        ),
        (f"/v1/models/{NAME}/labels/no:predict", {"inputs": 1}, 400, "Unrecognized servable ver"),
        ("/v1/models/no", None, 404, "Could not find any versions of model no"),
        ("/v1/models", None, 400, "Missing model name in request."),
        ("/v1/elsewhere?a=b", None, 400, "Malformed request: GET /v1/elsewhere"),
        ("/elsewhere", None, 404, "Not found: /elsewhere"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_has_its_status(
    served: Served, path: str, body: Any, status: int, message: str
) -> None:
    answered, error = served.refusal(path, body)
    assert answered == status
    assert message in error
    assert len(error) < 1100


def test_other_methods_are_malformed(served: Served) -> None:
    assert served.refusal(PREDICT, b"", "PUT") == (400, f"Malformed request: PUT {PREDICT}")


def test_a_request_that_is_no_http_is_refused_in_json(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=30) as connection:
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nContent-Length: none\r\n\r\n")
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 400 Bad Request" in head.splitlines()[0]
    assert json.loads(body)["error"].startswith("Bad Request: ")


def test_status_and_metadata_have_every_field(served: Served) -> None:
    assert served.ask(f"/v1/models/{NAME}") == (
        200,
        {
            "model_version_status": [
                {
                    "version": "3",
                    "state": "AVAILABLE",
                    "status": {"error_code": "OK", "error_message": ""},
                }
            ]
        },
    )
    status, answer = served.ask(f"/v1/models/{NAME}/metadata")
    assert status == 200
    assert answer["model_spec"] == {"name": NAME, "signature_name": "", "version": "3"}
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["x"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
        "name": "x:0",
    }


def metrics_page(served: Served) -> str:
    response = plain_http.get(f"http://127.0.0.1:{served.server.port}/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    return response.text


def test_monitoring_shows_what_was_answered(served: Served) -> None:
    served.ask(PREDICT, {"instances": [1]})
    page = metrics_page(served)
    assert f'request_latency_count{{model_name="{NAME}",API="predict",entrypoint="REST"}}' in page


def test_every_request_over_rest_is_counted(served: Served) -> None:
    def count(model: str, status: str) -> int:
        line = f':tensorflow:serving:request_count{{model_name="{model}",status="{status}"}} '
        found = [each for each in metrics_page(served).splitlines() if each.startswith(line)]
        return int(found[0].removeprefix(line)) if found else 0

    for path, model, status in (
        (f"/v1/models/{NAME}", NAME, "OK"),
        (f"/v1/models/{NAME}/metadata", NAME, "OK"),
        (f"/v1/models/{NAME}/versions/8", NAME, "NOT_FOUND"),
        # Of a name that is not configured no series is made.
        ("/v1/models/nobody", "", "NOT_FOUND"),
        ("/v1/models/", "", "INVALID_ARGUMENT"),
    ):
        before = count(model, status)
        served.ask(path)
        assert count(model, status) == before + 1, path
    assert f'latency_count{{model_name="{NAME}",API="",entrypoint="REST"}}' in metrics_page(served)


def test_monitoring_that_is_off_has_no_page(
    core_parts: tuple[ModelServerCore, FakeModel, ServingMetrics],
) -> None:
    core, model, metrics = core_parts
    with running(create_rest_app(core)) as server:
        path = "/monitoring/prometheus/metrics"
        assert Served(server, model, metrics).refusal(path)[0] == 404


def test_what_takes_too_long_is_given_up(
    core_parts: tuple[ModelServerCore, FakeModel, ServingMetrics],
) -> None:
    core, model, metrics = core_parts
    with running(create_rest_app(core, timeout_s=0.1, threads=1)) as server:
        served = Served(server, model, metrics)
        model.may_run.clear()
        try:
            for _ in range(2):
                assert served.refusal(PREDICT, {"instances": [1]}) == (
                    504,
                    "Timed out waiting for the model: 0.1 s",
                )
        finally:
            model.may_run.set()
        wait_until(
            lambda: served.ask(PREDICT, {"instances": [1]})[0] == 200, "the thread is free again"
        )


def test_draining_answers_what_runs_and_what_waits_and_then_takes_no_more(
    core_parts: tuple[ModelServerCore, FakeModel, ServingMetrics],
) -> None:
    core, model, metrics = core_parts
    with running(create_rest_app(core), threads=1) as server, ThreadPoolExecutor(4) as callers:
        served = Served(server, model, metrics)
        model.may_run.clear()
        before = len(model.batches)
        asked = [callers.submit(served.ask, PREDICT, {"instances": [1]}) for _ in range(3)]
        wait_until(lambda: len(model.batches) > before, "one request runs")
        wait_until(lambda: server.requests_in_progress == 3, "the others wait")
        assert not server.drain(0.1)
        drained = callers.submit(server.drain, 20)
        with pytest.raises(ConnectionRefusedError):
            served.ask(PREDICT, {"instances": [1]})
        model.may_run.set()
        assert [request.result()[0] for request in asked] == [200, 200, 200]
        assert drained.result()


def test_draining_answers_who_had_connected_before(
    core_parts: tuple[ModelServerCore, FakeModel, ServingMetrics],
) -> None:
    core, *_ = core_parts
    server = RestServer(create_rest_app(core), 0, host="127.0.0.1")
    with contextlib.ExitStack() as opened:
        connections = []
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connections.append(opened.enter_context(contextlib.closing(connection)))
            connection.request("GET", f"/v1/models/{NAME}")
        # They are in the backlog of a server that is told to stop before it has looked.
        server.close_port()
        server.start()
        assert server.drain(30)
        server.stop()
        assert [each.getresponse().status for each in connections] == [200] * 5


def test_a_port_that_is_taken_is_an_error(served: Served, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        RestServer(lambda *_: [], served.server.port, host="127.0.0.1")
