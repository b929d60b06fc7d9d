"""Real processes that are ended in the middle, and go on."""

import random
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.support.programs import Program
from tests.support.waiting import wait_until
from tests.training.running.experiments import write_settings
from training.running.checkpoints import folders_of
from training.running.loading import checkpoint_folder
from training.running.whole_folders import read_sealed

# So many that a training is not over before it is ended, however fast the machine is.
STEPS = 150
ENDED_BY = 50
TIMEOUT_S = 240.0


def start(folder: Path, name: str, data: Path, *flags: str, steps: int = STEPS) -> Program:
    config = write_settings(
        folder / "boxes.yaml", data, optimisation={"steps": steps}, validation={"every_steps": 50},
        checkpoints={"every_steps": 5}, logging={"every_steps": 1},
    )  # fmt: skip
    output = folder / name
    return Program(
        "tests.support.tiny_training",
        ["train", str(config), "--output", str(output), *flags],
        folder / f"{name}.log",
    )


def finish(program: Program) -> None:
    with program:
        assert program.process.wait(TIMEOUT_S) == 0, program.text()


def wait_for_step(program: Program, step: int) -> None:
    def is_there() -> bool:
        assert program.process.poll() is None, program.text()
        return f" step {step}/" in program.text()

    wait_until(is_there, f"step {step}", TIMEOUT_S)


def last_step(run: Path) -> Path:
    return checkpoint_folder(run, "latest")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, coloured_boxes: Path) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    finish(start(folder, "run", coloured_boxes))
    return last_step(folder / "run")


def assert_same_weights(one: Path, other: Path) -> None:
    for name in ("model.weights.h5", "ema.weights.h5"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    with np.load(one / "optimizer.npz") as first, np.load(other / "optimizer.npz") as second:
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_killed_at_any_moment_training_resumes_to_the_same_weights(
    tmp_path: Path, coloured_boxes: Path, uninterrupted: Path
) -> None:
    moments = random.Random(tmp_path.name)
    for _ in range(2):
        done = folders_of(tmp_path / "run" / "checkpoints")
        after = int(done[-1].name[5:]) if done else 0
        with start(tmp_path, "run", coloured_boxes, "--resume") as program:
            wait_for_step(program, moments.randint(after + 1, min(after + 25, ENDED_BY)))
            assert program.stop(signal.SIGKILL) == -signal.SIGKILL
        assert all(read_sealed(each) for each in folders_of(tmp_path / "run" / "checkpoints"))

    finish(start(tmp_path, "run", coloured_boxes, "--resume"))

    assert_same_weights(last_step(tmp_path / "run"), uninterrupted)
    history = (tmp_path / "run" / "history.jsonl").read_text()
    assert re.findall(r'"step": (\d+)', history) == ["50", "100", "150"]


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_asked_to_stop_training_keeps_its_last_step_and_says_how_to_go_on(
    tmp_path: Path, coloured_boxes: Path, uninterrupted: Path, how: signal.Signals, code: int
) -> None:
    with start(tmp_path, "run", coloured_boxes) as program:
        wait_for_step(program, 7)
        assert program.stop(how) == code
    stopped = re.search(r"stopped after step (\d+); --resume goes on from there", program.text())
    assert stopped
    assert last_step(tmp_path / "run").name == f"step-{int(stopped[1]):08d}"

    if how is signal.SIGTERM:
        finish(start(tmp_path, "run", coloured_boxes, "--resume"))
        assert_same_weights(last_step(tmp_path / "run"), uninterrupted)


def test_two_trainings_do_not_write_into_one_folder(tmp_path: Path, coloured_boxes: Path) -> None:
    with start(tmp_path, "run", coloured_boxes, steps=1_000_000) as first:
        wait_for_step(first, 1)
        with start(tmp_path, "run", coloured_boxes, "--resume") as second:
            assert second.process.wait(TIMEOUT_S) == 1
        assert "another process is training into" in second.text()
        first.stop(signal.SIGKILL)
