"""How fast this machine trains, by a few steps of what is planned, in a process of its own.

A process that has computed already cannot train reproducibly any more, and would keep a GPU's
memory.
"""

import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import click

from boxwright.own_packages import PYTHON
from boxwright.signals import SIGNALLED, forward_signals
from training.planning.length import Speed

STEPS, LEFT_OUT = 8, 2
# Of the time that all may take; and in seconds, however long that is.
LARGEST_SHARE, LONGEST_S = 0.25, 300
COMMAND = (*PYTHON, "-m", "boxwright", "train")
_RATE = re.compile(r" step \d+/\d+ examples/s ([\d.]+) ")


def measured_speed(config: Path, minutes: float) -> Speed | None:
    """Images a second; None where no step could be taken, so that the training will say why.

    Args:
        config: of what is planned, whatever its number of steps.
        minutes: that all may take.

    Raises:
        SystemExit: stopped by a signal.
    """
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        settings = {
            "--output": str(run), "--optimization.steps": str(STEPS),
            "--optimization.warmup-steps": "0", "--data.validation": "[]",
            "--logging.every-steps": "1", "--logging.tensorboard": "false",
        }  # fmt: skip
        words = [word for flag, value in settings.items() for word in (flag, value)]
        started = time.monotonic()
        # A slow machine's first steps are better than none.
        with suppress(OSError):
            _run([*COMMAND, str(config), *words], min(LONGEST_S, minutes * 60 * LARGEST_SHARE))
        took_s = time.monotonic() - started
        try:
            log = (run / "train.log").read_text("utf-8")
        except OSError:
            return None
    rates = [float(rate) for rate in _RATE.findall(log)]
    counted = rates[LEFT_OUT:] or rates[-1:]
    if not counted or min(counted) <= 0:
        return None
    return Speed(median(counted), took_s, f"measured, {len(rates)} steps")


def _run(command: list[str], timeout_s: float) -> None:
    """Run a command for that long at most; it ends with us.

    Raises:
        SystemExit: stopped by a signal.
    """
    with (
        subprocess.Popen(  # noqa: S603  # our own command
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as child,
        forward_signals(child) as heard,
        suppress(subprocess.TimeoutExpired),
    ):
        child.wait(timeout_s)
    if heard:
        click.echo("Stopped before the first step; nothing is kept.", err=True)
        sys.exit(SIGNALLED + heard[0])
