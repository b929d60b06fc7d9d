import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.train import measuring
from tests.support.shared import REPOSITORY
from tests.support.waiting import wait_until
from tests.training.loop.experiments import write_settings


def test_a_few_steps_in_a_process_of_their_own_tell_the_speed(
    tmp_path: Path, colored_boxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    tiny = (sys.executable, "-m", "tests.support.tiny_training", "train")
    monkeypatch.setattr(measuring, "COMMAND", tiny)
    config = write_settings(tmp_path / "boxes.yaml", colored_boxes)

    speed = measuring.measured_speed(config, 60)

    assert speed is not None
    assert speed.images_per_s > 0
    assert 0 < speed.startup_s < measuring.LONGEST_S
    assert speed.how == "measured, 8 steps"


def test_steps_that_cannot_be_taken_tell_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    assert measuring.measured_speed(tmp_path / "boxes.yaml", 20) is None


def test_the_steps_that_a_slow_machine_took_in_time_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = (
        "import pathlib, sys, threading\n"
        "run = pathlib.Path(sys.argv[3])\n"
        "run.mkdir()\n"
        "line = 'epoch 0.1 step {0}/8 examples/s {0}.5 learning_rate 0.001'\n"
        "lines = [line.format(n) + chr(10) for n in (1, 2)]\n"
        "(run / 'train.log').write_text(''.join(lines))\n"
        "threading.Event().wait()\n"
    )
    monkeypatch.setattr(measuring, "COMMAND", (sys.executable, "-c", slow))
    speed = measuring.measured_speed(tmp_path / "boxes.yaml", 0.2)
    assert speed is not None
    assert (speed.images_per_s, speed.how) == (2.5, "measured, 2 steps")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_process_that_measures_too(
    tmp_path: Path, number: signal.Signals
) -> None:
    measured = (
        "import os, pathlib, sys, threading\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        f"os.rename({str(tmp_path / 'pid')!r}, {str(tmp_path / 'child')!r})\n"
        "threading.Event().wait()\n"
    )
    program = (
        "import signal, sys; from pathlib import Path; from boxwright.train import measuring\n"
        # As at a terminal, whatever began the tests has done about it.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        f"measuring.COMMAND = (sys.executable, '-c', {measured!r})\n"
        "measuring.measured_speed(Path('boxes.yaml'), 60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
        start_new_session=True,
    ) as process:  # fmt: skip
        wait_until((tmp_path / "child").exists, "it measures")
        process.send_signal(number)
        assert "nothing is kept" in process.communicate()[1]
    assert process.returncode == 128 + number
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "child").read_text()), 0)
