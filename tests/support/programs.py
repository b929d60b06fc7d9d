"""The project's programs as a person starts them: real processes, real sockets."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx
import psutil

from tests.support.shared import REPOSITORY
from tests.support.waiting import free_port, wait_until

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 40.0
# What a program may see of this process's environment: where things are, and nothing that is a
# setting of ours, which whoever runs the tests may have.
PASSED_ON = frozenset(
    {
        "CUDA_VISIBLE_DEVICES", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_NUM_THREADS",
        "PATH", "PYTHONWARNINGS", "TF_CPP_MIN_LOG_LEVEL", "TMPDIR", "VIRTUAL_ENV",
    }
)  # fmt: skip


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program whose settings are `variables` alone."""
    passed_on = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    return {**passed_on, "PYTHONUNBUFFERED": "1", **variables}


class Program:
    """A process of ours, with its output in a file.

    Args:
        module: run as `python -m`.
        arguments: of the command line.
        log: where stdout and stderr go.
        environment: its settings; those of this process are not passed on.
        launcher: Python that runs before the module, in its process.
        cwd: the folder that it is started in.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] = {},
        launcher: str = "",
        cwd: Path = REPOSITORY,
    ) -> None:
        self.log = log
        start = ["-m", module]
        if launcher:
            run = f"import runpy; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
            start = ["-c", f"{launcher}\n{run}"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *start, *arguments],
                cwd=cwd,
                env=environment_with(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")

    def wait_for(self, url: str, status: int = 200) -> None:
        """Until a GET of `url` answers `status`; fails at once if the program ends."""

        def answers() -> bool:
            assert self.process.poll() is None, (
                f"ended with {self.process.returncode}:\n{self.text()}"
            )
            return status_of(url) == status

        wait_until(answers, f"{url} answers {status}", START_TIMEOUT_S)

    def children(self) -> list[psutil.Process]:
        """The processes that it started, at any depth."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal, and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(STOP_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def status_of(url: str) -> int | None:
    """The status with which a GET of `url` is answered; None where nothing answers."""
    try:
        # Neither a proxy nor the certificates for TLS, which take 23 ms to load.
        return httpx.get(url, timeout=5, trust_env=False, verify=False).status_code
    except httpx.HTTPError:
        return None


def model_server(
    log: Path, *, models_dir: Path, model: str, port: int, engine: str = "auto",
    flags: Sequence[str] = (),
) -> Program:  # fmt: skip
    """The embedded model server, with every version of one model, on a TCP port."""
    config = log.with_suffix(".config")
    config.write_text(
        f'model_config_list {{ config {{ name: "{model}" base_path: "{models_dir / model}" '
        'model_platform: "tensorflow" model_version_policy { all {} } } }'
    )
    return Program(
        "server.embedded",
        [
            f"--port={port}",
            f"--model_config_file={config}",
            "--max_num_load_retries=0",
            f"--engine={engine}",
            *flags,
        ],
        log,
    )


def gateway_with(settings: Mapping[str, str], log: Path, launcher: str = "") -> Program:
    """The gateway with these settings, and one worker if they do not say how many."""
    return Program("client_api", [], log, {"GATEWAY_WORKERS": "1", **settings}, launcher)


def gateway(log: Path, *, port: int, serving_port: int, **settings: str) -> Program:
    """The gateway in front of a model server on this machine."""
    addresses = {"PORT": str(port), "SERVING_ADDRESS": f"127.0.0.1:{serving_port}"}
    return gateway_with({**addresses, **settings}, log)


@contextmanager
def stack(folder: Path, *, models_dir: Path, model: str, engine: str = "auto", **settings: str
) -> Iterator[str]:  # fmt: skip
    """Model server and gateway, ready; the gateway's address."""
    serving_port, port = free_port(), free_port()
    server = model_server(
        folder / "server.log", models_dir=models_dir, model=model, port=serving_port, engine=engine
    )
    front = gateway(
        folder / "gateway.log",
        port=port,
        serving_port=serving_port,
        MODEL_NAME=model,
        MODELS_DIR=str(models_dir),
        **settings,
    )
    with server, front:
        front.wait_for(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
