"""Trainings of a learning curve: a process each, with lines of progress."""

import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from boxwright.own_packages import PYTHON
from boxwright.signals import SIGNALLED, forward_signals
from training.evaluation.errors import EvaluationError
from training.loop.progress import duration

COMMAND = (*PYTHON, "-m", "boxwright", "train")
TELL_EVERY_S = 10.0
_LINES_OF_ERROR = 5
_STEP = re.compile(r" (?P<told>step (?P<step>\d+)/(?P<steps>\d+)) .* (?P<loss>loss \S+)")
_VALIDATION = re.compile(r" (validation step .*) best ")


@dataclass(frozen=True)
class Training:
    """A training to run.

    Args:
        config: file in the run's folder.
        seconds: expected duration.
    """

    config: Path
    seconds: float


class Trainings:
    """Trainings, one after the other.

    Args:
        trainings: in order.
        deadline: in `time.monotonic` seconds; None for none.
        say: called with each line of progress.
    """

    def __init__(
        self, trainings: Sequence[Training], deadline: float | None, say: Callable[[str], None]
    ) -> None:
        self._trainings = trainings
        self._deadline = deadline
        self._say = say
        self._told_at = 0.0

    def run(self) -> None:
        """Run them all, each from its newest checkpoint.

        Raises:
            EvaluationError: a training fails, or the deadline has passed.
            SystemExit: stopped by a signal; the newest checkpoint is kept.
        """
        for place, training in enumerate(self._trainings):
            self._run(place, training)

    def _run(self, place: int, training: Training) -> None:
        self._tell(place, "starting", training.seconds)
        last: deque[str] = deque(maxlen=_LINES_OF_ERROR)
        words = [*COMMAND, str(training.config), "--resume"]
        with (
            subprocess.Popen(  # noqa: S603  # our own command
                words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace",
                # A terminal's Ctrl-C would reach it twice, and the second one kills it at once.
                start_new_session=True,
            ) as child,
            forward_signals(child) as heard,
            _ended_at(child, self._deadline) as is_over,
        ):  # fmt: skip
            began = time.monotonic()
            for line in child.stdout or ():
                last.append(line.rstrip())
                self._tell_of(place, line, began)
            code = child.wait()
        if heard:
            click.echo("Stopped; the same command continues.", err=True)
            sys.exit(SIGNALLED + heard[0])
        if is_over.is_set():
            raise EvaluationError(
                f"time limit reached in {training.config.parent}; the same command with more "
                "--minutes, or without, continues from there"
            )
        if code:
            told = "\n  ".join(last)
            raise EvaluationError(f"the training {training.config} failed:\n  {told}")

    def _tell_of(self, place: int, line: str, began: float) -> None:
        """Print steps now and then, and each validation, from a line of the training's log."""
        measured = _VALIDATION.search(line)
        if measured:
            self._say(f"{self._name(place)}: {measured[1]}")
            return
        found = _STEP.search(line)
        now = time.monotonic()
        if found is None or now - self._told_at < TELL_EVERY_S:
            return
        share = int(found["step"]) / int(found["steps"])
        # Starts as the expected time, ends as the measured one.
        whole = (1 - share) * self._trainings[place].seconds + (now - began)
        self._tell(place, f"{found['told']}, {found['loss']}", whole * (1 - share))

    def _tell(self, place: int, what: str, seconds: float) -> None:
        self._told_at = time.monotonic()
        left = seconds + sum(each.seconds for each in self._trainings[place + 1 :])
        self._say(f"{self._name(place)}: {what}, about {duration(left)} left of all")

    def _name(self, place: int) -> str:
        name = self._trainings[place].config.parent.name
        return f"{name}, {place + 1} of {len(self._trainings)}"


@contextmanager
def _ended_at(child: "subprocess.Popen[str]", deadline: float | None) -> Iterator[threading.Event]:
    """Terminate the child at the deadline; yields an event that is set then."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        child.terminate()

    if deadline is None:
        yield is_over
        return
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield is_over
    finally:
        timer.cancel()
