"""Real processes that are ended in the middle, and go on."""

import random
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.support.programs import Program
from tests.support.waiting import wait_until
from tests.training.loop.experiments import write_settings
from training.loop.atomic_folders import read_state
from training.loop.checkpoints import folders_of
from training.loop.loading import checkpoint_folder

# So many that a training is not over before it is ended, however fast the machine is.
STEPS = 150
TIMEOUT_S = 240.0
# Several trainings one after another: a minute where nothing else runs.
pytestmark = pytest.mark.timeout(2400)


def start(
    folder: Path, data: Path, *flags: str, steps: int = STEPS, checkpoint_steps: int = 5
) -> Program:
    """A training into `folder / "run"`, with a log of its own."""
    config = write_settings(
        folder / "boxes.yaml", data, optimization={"steps": steps}, validation={"every_steps": 50},
        checkpoints={"every_steps": checkpoint_steps}, logging={"every_steps": 1},
    )  # fmt: skip
    started_before = len(list(folder.glob("*.log")))
    return Program(
        "tests.support.tiny_training",
        ["train", str(config), "--output", str(folder / "run"), *flags],
        folder / f"{started_before}.log",
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
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, colored_boxes: Path) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    finish(start(folder, colored_boxes, checkpoint_steps=STEPS))
    return last_step(folder / "run")


def assert_same_weights(one: Path, other: Path) -> None:
    for name in ("model.weights.h5", "ema.weights.h5"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    with np.load(one / "optimizer.npz") as first, np.load(other / "optimizer.npz") as second:
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def assert_kept_and_told(program: Program, run: Path) -> None:
    """It wrote its last step, and said how to go on from there."""
    stopped = re.search(r"stopped after step (\d+); --resume goes on from there", program.text())
    assert stopped
    assert last_step(run).name == f"step-{int(stopped[1]):08d}"


def test_ended_at_any_moment_training_resumes_to_the_same_weights(
    tmp_path: Path, colored_boxes: Path, uninterrupted: Path
) -> None:
    run = tmp_path / "run"
    moments = random.Random(tmp_path.name)
    # A resumed training is killed too, and one that was killed is asked to stop.
    for how in (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        done = folders_of(run / "checkpoints")
        after = int(done[-1].name[5:]) if done else 0
        with start(tmp_path, colored_boxes, "--resume") as program:
            wait_for_step(program, moments.randint(after + 1, after + 15))
            assert program.stop(how) == (143 if how is signal.SIGTERM else -how)
        if how is signal.SIGTERM:
            assert_kept_and_told(program, run)
        assert all(read_state(each) for each in folders_of(run / "checkpoints"))

    finish(start(tmp_path, colored_boxes, "--resume"))

    assert_same_weights(last_step(run), uninterrupted)
    history = (run / "history.jsonl").read_text()
    assert re.findall(r'"step": (\d+)', history) == ["50", "100", "150"]


def test_one_training_writes_into_a_folder_and_keeps_its_last_step_when_interrupted(
    tmp_path: Path, colored_boxes: Path
) -> None:
    with start(tmp_path, colored_boxes, steps=1_000_000) as first:
        wait_for_step(first, 7)
        with start(tmp_path, colored_boxes, "--resume") as second:
            assert second.process.wait(TIMEOUT_S) == 1
        assert "another process is training into" in second.text()
        assert first.stop(signal.SIGINT) == 130
    assert_kept_and_told(first, tmp_path / "run")
