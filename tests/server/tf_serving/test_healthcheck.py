"""healthcheck.sh against a model server's REST port, and against what is none."""

import subprocess
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.support.shared import REPOSITORY
from tests.support.waiting import free_port

HEALTHCHECK = REPOSITORY / "server" / "tf_serving" / "healthcheck.sh"
# As TensorFlow Serving prints them.
STATUS = """{
 "model_version_status": [
  {
   "version": "2",
   "state": "%s",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  }
 ]
}
"""


class StatusPage(BaseHTTPRequestHandler):
    """Answers like TensorFlow Serving's REST port, for the models in `states`."""

    states: ClassVar[Mapping[str, str]] = {
        "ready": STATUS % "AVAILABLE",
        "loading": STATUS % "LOADING",
        "in-one-line": '{"model_version_status":[{"version":"1","state":"AVAILABLE"}]}',
    }

    def do_GET(self) -> None:  # the base class's name for it
        body = self.states.get(self.path.removeprefix("/v1/models/"))
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write((body or '{"error": "Could not find any versions"}').encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as in the base
        """Nothing: tests read no log."""


@pytest.fixture(scope="module")
def rest_port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), StatusPage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def is_healthy(rest_port: int, temporary: Path, **variables: str) -> bool:
    done = subprocess.run(
        ["bash", HEALTHCHECK, str(rest_port)],
        env={"TMPDIR": str(temporary), **variables},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize(
    ("model", "healthy"),
    [("ready", True), ("in-one-line", True), ("loading", False), ("unknown", False)],
)
def test_a_model_is_healthy_once_a_version_is_available(
    rest_port: int, tmp_path: Path, model: str, healthy: bool
) -> None:
    assert is_healthy(rest_port, tmp_path, MODEL_NAME=model) is healthy


def test_the_model_that_start_has_chosen_is_looked_at(rest_port: int, tmp_path: Path) -> None:
    chosen = tmp_path / "model_name"
    chosen.write_text("ready\n")
    assert is_healthy(rest_port, tmp_path, MODEL_NAME="")
    chosen.write_text("loading\n")
    assert not is_healthy(rest_port, tmp_path, MODEL_NAME="")


def test_without_any_name_the_port_alone_counts(rest_port: int, tmp_path: Path) -> None:
    assert is_healthy(rest_port, tmp_path)


def test_a_closed_port_is_not_healthy(tmp_path: Path) -> None:
    assert not is_healthy(free_port(), tmp_path, MODEL_NAME="ready")
    assert not is_healthy(free_port(), tmp_path)
