"""The gateway as users run it: a process of its own, under gunicorn, on a free port."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.shared import REPOSITORY
from tests.support.waiting import free_port, wait_until


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway that is running.

    Attributes:
        port: of the loopback interface.
        process: gunicorn's master.
        log: what it has written, to standard output and error together.
    """

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options: object) -> httpx.Client:
        """A client of it that uses no proxy."""
        # It speaks plain HTTP; loading the certificates for TLS takes 23 ms each time.
        usual: dict[str, Any] = {"trust_env": False, "timeout": 30, "verify": False}
        return httpx.Client(base_url=self.url, **usual | options)

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def log_text(self) -> str:
        return self.log.read_text()


def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the gateway left with {process.returncode}: {log.read_text()}")
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def running_gateway(*, launcher: str = "", **variables: str) -> Iterator[GatewayProcess]:
    """Start a gateway with these settings, wait until it answers, and stop it at the end.

    Args:
        launcher: Python that runs before the gateway, in its process.
        variables: of the environment; others that are settings are not passed on.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "TMPDIR": folder,
            "PYTHONPATH": str(REPOSITORY),
            "PORT": str(port),
            **variables,
        }
        if "PYTHONWARNINGS" in os.environ:
            environment["PYTHONWARNINGS"] = os.environ["PYTHONWARNINGS"]
        code = f"{launcher}\nimport sys\nfrom client_api.command import main\nsys.exit(main())"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        gateway = GatewayProcess(port, process, log)
        try:
            wait_until(lambda: _answers(gateway.url, process, log), "the gateway answers")
            yield gateway
        finally:
            process.terminate()
            process.wait(30)
