"""SIGTERM before a gateway, or one of its workers, is ready for it."""

from pathlib import Path

import pytest

from tests.support.gateway_process import running_gateway
from tests.support.programs import gateway_with
from tests.support.waiting import free_port, wait_until

# What `command.serve` calls: before it makes the folder of the run, and once it is there.
MOMENTS = ["CallerCounts.prepare", "GatewayServer.__init__"]
STOPPED_AT = """
import os, signal
from client_api.web_server import application
from client_api.web_server.application import CallerCounts, GatewayServer
def stopped(*_):
    os.kill(os.getpid(), signal.SIGTERM)
{} = stopped
"""
FIRST_WORKER_STOPPED = """
import os, signal
from client_api.web_server import application
after_fork = application._after_fork
def stopped(server, worker):
    after_fork(server, worker)
    if worker.age == 1:
        os.kill(os.getpid(), signal.SIGTERM)
application._after_fork = stopped
"""


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_gateway_that_is_stopped_while_it_starts_leaves_nothing_behind(
    tmp_path: Path, moment: str
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    settings = {"MODEL_NAME": "hands", "PORT": str(free_port()), "TMPDIR": str(folder)}
    with gateway_with(settings, tmp_path / "log", STOPPED_AT.format(moment)) as program:
        wait_until(lambda: program.process.poll() is not None, "it leaves")
    assert program.process.returncode == 0, program.text()
    assert list(folder.iterdir()) == []
    assert "Traceback" not in program.text()


def test_a_worker_that_is_stopped_before_it_handles_signals_leaves_all_the_same() -> None:
    with running_gateway(launcher=FIRST_WORKER_STOPPED, MODEL_NAME="hands") as running:
        wait_until(
            lambda: running.log_text().count("Booting worker") == 2, "another takes its place"
        )
        assert "Traceback" not in running.log_text()
