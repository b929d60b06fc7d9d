"""Who is measured, and how each is started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.calls import REPOSITORY
from benchmarks.comparison.load import LoadFailed, Request
from benchmarks.comparison.networks import Networks
from tests.support.programs import environment_with
from tests.support.waiting import wait_until

PEERS = REPOSITORY / "benchmarks" / "peers"
# Where the peers find what those with OpenVINO share.
PYTHONPATH = f"{PEERS / 'openvino_detector'}"
ENVIRONMENTS = REPOSITORY / "build" / "peers"
# The stack, in tables.
OURS = "Boxwright"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0
# Of a log, where a server does not start.
TOLD_CHARACTERS = 500
BOUNDARY = "boxwright-benchmark"


@dataclass(frozen=True)
class Contender:
    """A server, and how it wants to be asked.

    Args:
        name: for tables.
        command: starts it, given the port.
        environment: its settings, given the port.
        cwd: where it is started.
        path: of the address that is posted to.
        field: of the form in which the image is; empty where it is the body.
        accept: the media type wanted; empty for none.
    """

    name: str
    command: Callable[[int], list[str]]
    environment: Callable[[int], Mapping[str, str]]
    cwd: Path = REPOSITORY
    path: str = "/predict"
    field: str = ""
    accept: str = ""

    def request(self, port: int, image: Path, folder: Path) -> Request:
        """The request about an image file; its body is written to `folder` where it is a form."""
        url = f"http://127.0.0.1:{port}{self.path}"
        kind = f"image/{image.suffix[1:].replace('jpg', 'jpeg')}"
        accept = (("Accept", self.accept),) if self.accept else ()
        if not self.field:
            return Request(url, image, (("Content-Type", kind), *accept))
        body = folder / f"{image.name}.{self.field}.form"
        head = (
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
            f'name="{self.field}"; filename="{image.name}"\r\nContent-Type: {kind}\r\n\r\n'
        )
        body.write_bytes(head.encode() + image.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode())
        return Request(
            url, body, (("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"), *accept)
        )


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Args:
        pid: of the process that was started.
        ready_s: from its start to the first answer.
    """

    pid: int
    ready_s: float

    def memory_mb(self) -> float:
        """Proportional set size of it and of all that it started."""
        process = psutil.Process(self.pid)
        tree = [process, *process.children(recursive=True)]
        return sum(each.memory_full_info().pss for each in tree) / 1e6


@contextmanager
def running(contender: Contender, port: int, request: Request, log: Path) -> Iterator[Running]:
    """Start a contender, wait for its first good answer, and stop it with all that it started.

    Raises:
        LoadFailed: it ends, or does not answer in time; with the end of its log.
    """
    start_s = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            contender.command(port), cwd=contender.cwd, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
            env=environment_with(contender.environment(port)),
        )  # fmt: skip
    try:
        try:
            wait_until(
                lambda: process.poll() is not None or _answers(request),
                f"{contender.name} answers", START_TIMEOUT_S,
            )  # fmt: skip
        except AssertionError as error:
            raise LoadFailed(f"{error}: {_end_of(log)}") from error
        ready_s = time.perf_counter() - start_s
        if process.poll() is not None:
            raise LoadFailed(f"{contender.name} ended with {process.returncode}: {_end_of(log)}")
        yield Running(process.pid, ready_s)
    finally:
        _stop(process)


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace").strip()[-TOLD_CHARACTERS:]


def _answers(request: Request) -> bool:
    try:
        answer = httpx.post(
            request.url, content=request.body.read_bytes(), headers=dict(request.headers),
            timeout=30, trust_env=False,
        )  # fmt: skip
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL to what is left of its process group after that."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def boxwright(models_dir: Path, model: str, accept: str = "application/json") -> Contender:
    """`boxwright up`."""
    return Contender(
        OURS if accept == "application/json" else f"{OURS}, {accept}",
        lambda port: [
            sys.executable, "-m", "boxwright", "up", "--models", f"{models_dir}", "--model", model,
            "--port", f"{port}",
        ],
        lambda _: {},
        accept=accept,
    )  # fmt: skip


def peers(version_dir: Path, networks: Networks) -> list[Contender]:
    """Those whose environment is there; with OpenVINO each twice, by the graph that it is given."""
    found = [
        Contender(
            "Flask + TensorFlow",
            lambda port: [
                f"{ENVIRONMENTS}/flask_tensorflow/bin/gunicorn", "--workers", "1", "--threads",
                "4", "--bind", f"127.0.0.1:{port}", "service:app",
            ],
            lambda _: {"SAVED_MODEL": f"{version_dir}", "TF_CPP_MIN_LOG_LEVEL": "2"},
            PEERS / "flask_tensorflow",
        )
    ]  # fmt: skip
    for graph, settings in (
        ("", {"MODEL_XML": f"{networks.any_size}"}),
        (", exact size", {"MODEL_XML": f"{networks.exact}", "SIZE": f"{networks.size}"}),
    ):
        found += [_litserve(graph, settings), _bentoml(graph, settings)]
    # Its start takes as long as all that is measured of the others.
    found.append(_ray({"MODEL_XML": f"{networks.any_size}"}))
    return [each for each in found if Path(each.command(0)[0]).exists()]


def _litserve(graph: str, settings: Mapping[str, str]) -> Contender:
    return Contender(
        f"LitServe + OpenVINO{graph}",
        lambda _: [f"{ENVIRONMENTS}/litserve/bin/python", "service.py"],
        lambda port: {
            **settings,
            "PORT": f"{port}",
            "PYTHONPATH": PYTHONPATH,
        },
        PEERS / "litserve",
        field="request",
    )


def _bentoml(graph: str, settings: Mapping[str, str]) -> Contender:
    return Contender(
        f"BentoML + OpenVINO{graph}",
        lambda port: [
            f"{ENVIRONMENTS}/bentoml/bin/bentoml", "serve", "service:Detector", "--host",
            "127.0.0.1", "--port", f"{port}",
        ],
        lambda _: {
            **settings, "PYTHONPATH": PYTHONPATH, "BENTOML_DO_NOT_TRACK": "true",
        },
        PEERS / "bentoml",
        field="image",
    )  # fmt: skip


def _ray(settings: Mapping[str, str]) -> Contender:
    return Contender(
        "Ray Serve + OpenVINO",
        lambda _: [f"{ENVIRONMENTS}/ray_serve/bin/python", "service.py"],
        lambda port: {
            **settings, "PORT": f"{port}", "PYTHONPATH": PYTHONPATH,
            "RAY_USAGE_STATS_ENABLED": "0",
        },
        PEERS / "ray_serve",
    )  # fmt: skip
