"""start.sh, with a program called tensorflow_model_server that only tells how it was called."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY
from tests.support.waiting import wait_until

START = REPOSITORY / "server" / "tf_serving" / "start.sh"
TIMEOUT_S = 20


class Starting:
    """A run of start.sh.

    Args:
        folder: of its own, with `models/` in it.
        model_name: the variable MODEL_NAME.
    """

    def __init__(self, folder: Path, model_name: str, *arguments: str) -> None:
        self._output = folder / "output"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                ["bash", START, *arguments],
                env={
                    "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                    "MODEL_BASE_PATH": str(folder / "models"),
                    "MODEL_NAME": model_name,
                    "TMPDIR": str(self.temporary),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> list[str]:
        return self._output.read_text().splitlines()

    def wait_until_it_says(self, words: str) -> None:
        wait_until(
            lambda: words in self._output.read_text(), f"{words!r} is said", timeout_s=TIMEOUT_S
        )  # fmt: skip

    def flags(self) -> list[str]:
        """What the model server was called with; waits until it was."""
        assert self.process.wait(TIMEOUT_S) == 0, self.output()
        return [line for line in self.output() if line.startswith("--")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    server = tmp_path / "bin" / "tensorflow_model_server"
    server.parent.mkdir()
    server.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    server.chmod(0o755)
    return tmp_path


@contextmanager
def starting(folder: Path, model_name: str = "", *arguments: str) -> Iterator[Starting]:
    run = Starting(folder, model_name, *arguments)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()


def publish(folder: Path, model: str, version: str = "1") -> None:
    (folder / "models" / model / version).mkdir(parents=True)


def test_the_named_model_is_served_even_before_it_is_there(folder: Path) -> None:
    publish(folder, "cells")
    with starting(folder, "hands") as run:
        flags = run.flags()
    assert "--model_name=hands" in flags
    assert f"--model_base_path={folder}/models/hands" in flags


def test_the_only_model_needs_no_name(folder: Path) -> None:
    publish(folder, "two words", "0012")
    (folder / "models" / "notes").mkdir()
    (folder / "models" / "half copied" / "1.tmp").mkdir(parents=True)
    with starting(folder) as run:
        flags = run.flags()
    assert "--model_name=two words" in flags
    assert (run.temporary / "model_name").read_text() == "two words\n"


def test_a_model_config_goes_before_a_name(folder: Path) -> None:
    publish(folder, "hands")
    config = folder / "models" / "models.config"
    config.write_text("model_config_list { }")
    with starting(folder, "hands") as run:
        flags = run.flags()
    assert f"--model_config_file={config}" in flags
    assert not [flag for flag in flags if flag.startswith("--model_name")]


def test_flags_of_the_operator_come_last(folder: Path) -> None:
    with starting(folder, "hands", "--enable_batching=true", "--port=1") as run:
        flags = run.flags()
    assert flags[-2:] == ["--enable_batching=true", "--port=1"]
    monitoring = f"--monitoring_config_file={START.with_name('monitoring.config')}"
    assert {"--port=8500", "--rest_api_port=8501", monitoring} <= set(flags)


def test_an_empty_folder_is_waited_for_and_said_once(folder: Path) -> None:
    with starting(folder) as run:
        run.wait_until_it_says("no model yet: copy one into the models folder")
        publish(folder, "hands")
        assert "--model_name=hands" in run.flags()
    assert len([line for line in run.output() if "no model yet" in line]) == 1


def test_several_models_without_a_choice_are_named(folder: Path) -> None:
    publish(folder, "cells")
    publish(folder, "hands")
    with starting(folder) as run:
        run.wait_until_it_says("several models: cells hands. Set MODEL_NAME")
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(TIMEOUT_S) == -signal.SIGTERM
