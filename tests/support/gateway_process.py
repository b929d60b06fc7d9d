"""A gateway that answers, for one test or several: on a free port, with a folder of its own."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.programs import Program, gateway_with
from tests.support.waiting import free_port


@dataclass(frozen=True)
class GatewayProcess:
    """A gateway that is running.

    Attributes:
        port: of the loopback interface.
        program: gunicorn's master.
    """

    port: int
    program: Program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        return self.program.process

    @property
    def log(self) -> Path:
        """What it has written, to standard output and error together."""
        return self.program.log

    def client(self, **options: object) -> httpx.Client:
        """A client of it that uses no proxy."""
        # It speaks plain HTTP; loading the certificates for TLS takes 23 ms each time.
        usual: dict[str, Any] = {"trust_env": False, "timeout": 30, "verify": False}
        return httpx.Client(base_url=self.url, **usual | options)

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def log_text(self) -> str:
        return self.program.text()


@contextmanager
def running_gateway(*, launcher: str = "", **settings: str) -> Iterator[GatewayProcess]:
    """Start a gateway with these settings, wait until it answers, and stop it at the end.

    Args:
        launcher: Python that runs before the gateway, in its process.
        settings: variables of the environment.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"HOME": folder, "TMPDIR": folder, "PORT": str(port), **settings}
        with gateway_with(environment, Path(folder) / "log", launcher) as program:
            running = GatewayProcess(port, program)
            program.wait_for(f"{running.url}/healthz")
            yield running
