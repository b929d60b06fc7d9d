"""How fast this machine trains, by a few steps of what is planned, in a process of its own.

A process that has computed already cannot train reproducibly any more, and would keep a GPU's
memory.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from training.planning.length import Speed

STEPS, LEFT_OUT = 8, 2
LONGEST_S = 300
_RATE = re.compile(r" step \d+/\d+ examples/s ([\d.]+) ")


def measured_speed(config: Path) -> Speed | None:
    """Images a second; None where the steps could not be taken, so that the training will say why.

    Args:
        config: of what is planned, whatever its number of steps.
    """
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        settings = {
            "--output": str(run), "--optimisation.steps": str(STEPS),
            "--optimisation.warmup-steps": "0", "--data.validation": "[]",
            "--logging.every-steps": "1", "--logging.tensorboard": "false",
        }  # fmt: skip
        words = [word for flag, value in settings.items() for word in (flag, value)]
        started = time.monotonic()
        try:
            subprocess.run(  # noqa: S603  # our own command
                [sys.executable, "-m", "boxwright", "train", str(config), *words],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LONGEST_S, check=True,
            )  # fmt: skip
            log = (run / "train.log").read_text("utf-8")
        except (subprocess.SubprocessError, OSError):
            return None
        took_s = time.monotonic() - started
    rates = [float(rate) for rate in _RATE.findall(log)]
    if len(rates) <= LEFT_OUT or min(rates) <= 0:
        return None
    rate = median(rates[LEFT_OUT:])
    return Speed(rate, took_s, f"measured over {len(rates) - LEFT_OUT} steps")
