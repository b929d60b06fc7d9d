"""The command itself, without a model."""

import subprocess
import sys

from tests.support.shared import REPOSITORY


def test_a_stop_that_hangs_ends_the_process_and_says_what_it_was_doing() -> None:
    hanging = (
        "import threading, types\n"
        "from server.embedded import command\n"
        "command.CLOSING_S = command.MARGIN_S = 0.2\n"
        "hanging = types.SimpleNamespace(close=lambda s: threading.Event().wait())\n"
        "command.close_or_end(hanging, 0)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", hanging], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 1
    assert "in close_or_end" in finished.stderr


def test_help_and_version_need_no_model() -> None:
    for flag in ("--help", "--version"):
        command = [sys.executable, "-m", "server.embedded", flag]
        finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert finished.stdout
