"""Trainings in processes of their own: short scripts in the place of TensorFlow's."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from boxwright.evaluate import subset_trainings
from boxwright.evaluate.subset_trainings import Training, Trainings
from training.evaluation.errors import EvaluationError

STEPS = (
    "print('2026-12-01 10:00:00 epoch 1.0 step 5/10 examples/s 4.0 learning_rate 0.1 loss 0.5 "
    "box 0.2', flush=True)\n"
    "print('2026-12-01 10:00:01 validation step 10 AP 0.1 best AP 0.1 of step 10', flush=True)\n"
)
# Hears Ctrl-C as a training does, where what began the tests ignores it, as shells' backgrounds do.
WAITING = (
    "import signal, threading\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "print('waits', flush=True)\n"
    "threading.Event().wait()\n"
)


def run(
    script: str,
    monkeypatch: pytest.MonkeyPatch,
    deadline: float | None = None,
    said: list[str] | None = None,
) -> None:
    monkeypatch.setattr(subset_trainings, "COMMAND", (sys.executable, "-c", script))
    monkeypatch.setattr(subset_trainings, "TELL_EVERY_S", 0.0)
    trainings = [Training(Path(f"images-{count}/config.yaml"), 60.0) for count in (4, 8)]
    Trainings(trainings, deadline, (said if said is not None else []).append).run()


def test_each_is_told_of_in_lines_with_the_time_left_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    run(STEPS, monkeypatch, said=said)
    assert said[0] == "images-4, 1 of 2: starting, about 2 min left of all"
    # Half of this one's minute by what was expected, and most of the rest by what it takes.
    assert said[1].startswith("images-4, 1 of 2: step 5/10, loss 0.5, about ")
    assert said[2] == "images-4, 1 of 2: validation step 10 AP 0.1"
    assert said[3] == "images-8, 2 of 2: starting, about 60 s left of all"
    assert len(said) == 6


def test_one_that_fails_says_its_last_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EvaluationError, match=r"images-4/config\.yaml failed:\n  no such data"):
        run("print('no such data'); raise SystemExit(3)", monkeypatch)


def test_when_the_time_is_over_what_runs_is_asked_for_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EvaluationError, match="time limit reached in images-4; the same command"):
        run(WAITING, monkeypatch, deadline=time.monotonic())


@pytest.fixture
def hangup_ends() -> Iterator[None]:
    """SIGHUP as at a terminal, whatever began the tests has done about it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup_ends")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_handed_on_and_ends_all(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The child asks for it itself, once it is there.
    script = WAITING.replace("print", f"import os; os.kill(os.getppid(), {int(number)})\nprint")
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended:
        run(script, monkeypatch)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("hangup_ends")
def test_a_closed_terminal_asks_the_training_to_end_as_sigterm_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    script = (
        "import os, signal, sys, threading\n"
        f"def end(number, _frame): open({str(kept)!r}, 'w').write(str(number)); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"os.kill(os.getppid(), {int(signal.SIGHUP)})\n"
        "threading.Event().wait()\n"
    )
    with pytest.raises(SystemExit) as ended:
        run(script, monkeypatch)
    assert ended.value.code == 128 + signal.SIGHUP
    assert kept.read_text() == str(int(signal.SIGTERM))


def test_trainings_that_nohup_began_do_not_hear_of_a_closed_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run(f"import os; os.kill(os.getppid(), {int(signal.SIGHUP)})\n{STEPS}", monkeypatch)
    finally:
        assert signal.signal(signal.SIGHUP, before) == signal.SIG_IGN
