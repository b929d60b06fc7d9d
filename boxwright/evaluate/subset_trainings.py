"""Trainings of a learning curve, each in a process of its own that is told of in lines."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from training.evaluation.errors import EvaluationError
from training.loop.progress import duration

COMMAND = (sys.executable, "-m", "boxwright", "train")
# A shell's exit status of a program that a signal ended is this and the signal's number.
SIGNALLED = 128
TELL_EVERY_S = 10.0
_LINES_OF_ERROR = 5
_STEP = re.compile(r" (?P<told>step (?P<step>\d+)/(?P<steps>\d+)) .* (?P<loss>loss \S+)")
_VALIDATION = re.compile(r" (validation step .*) best ")


@dataclass(frozen=True)
class Training:
    """One that is to be done.

    Args:
        config: the file, in the run's folder.
        seconds: that it is expected to take.
    """

    config: Path
    seconds: float


class Trainings:
    """Several, one after the other.

    Args:
        trainings: in their order.
        deadline: by `time.monotonic`; None for none.
        say: is told a line at a time.
    """

    def __init__(
        self, trainings: Sequence[Training], deadline: float | None, say: Callable[[str], None]
    ) -> None:
        self._trainings = trainings
        self._deadline = deadline
        self._say = say
        self._told_at = 0.0

    def run(self) -> None:
        """Do them; what is there of one is gone on with.

        Raises:
            EvaluationError: one fails, or the time is over.
            SystemExit: a signal asked for the end; the newest checkpoint is kept.
        """
        for place, training in enumerate(self._trainings):
            self._run(place, training)

    def _run(self, place: int, training: Training) -> None:
        self._tell(place, "begins", training.seconds)
        last: deque[str] = deque(maxlen=_LINES_OF_ERROR)
        words = [*COMMAND, str(training.config), "--resume"]
        with (
            subprocess.Popen(  # noqa: S603  # our own command
                words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace",
                # A terminal's Ctrl-C would reach it twice, and the second one ends it at once.
                start_new_session=True,
            ) as child,
            _handed_on(child) as heard,
            _ended_at(child, self._deadline) as is_over,
        ):  # fmt: skip
            began = time.monotonic()
            for line in child.stdout or ():
                last.append(line.rstrip())
                self._tell_of(place, line, began)
            code = child.wait()
        if heard:
            click.echo("Stopped; the same command goes on where it was.", err=True)
            sys.exit(SIGNALLED + heard[0])
        if is_over.is_set():
            raise EvaluationError(
                f"the time is over in the training {training.config.parent}; what is done is kept: "
                "the same command with more --minutes, or without, goes on from there"
            )
        if code:
            told = "\n  ".join(last)
            raise EvaluationError(f"the training {training.config} failed:\n  {told}")

    def _tell_of(self, place: int, line: str, began: float) -> None:
        """Of a training's line: its steps now and then, and each validation."""
        measured = _VALIDATION.search(line)
        if measured:
            self._say(f"{self._name(place)}: {measured[1]}")
            return
        found = _STEP.search(line)
        now = time.monotonic()
        if found is None or now - self._told_at < TELL_EVERY_S:
            return
        share = int(found["step"]) / int(found["steps"])
        # At first what was expected, in the end what it takes.
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
def _handed_on(child: "subprocess.Popen[str]") -> Iterator[list[int]]:
    """Signals that ask for the end reach the child too; gives those that came.

    A closed terminal's SIGHUP is handed on as SIGTERM: a training ends at once by the one, and
    writes a checkpoint first by the other.
    """
    heard: list[int] = []

    def hand_on(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        child.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    asked = [signal.SIGINT, signal.SIGTERM]
    # `nohup` has it ignored, so that the trainings go on without the terminal.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        asked.append(signal.SIGHUP)
    before = {number: signal.signal(number, hand_on) for number in asked}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if child.poll() is None:
            child.kill()
            child.wait()


@contextmanager
def _ended_at(child: "subprocess.Popen[str]", deadline: float | None) -> Iterator[threading.Event]:
    """The child is asked for its end when the time is over; gives whether it was."""
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
