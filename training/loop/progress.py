"""`TrainingLog`: a progress bar on a terminal, lines elsewhere, and lines in a file."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TrainingLog:
    """Tells of a training, on the console and in `train.log`; a context manager.

    Args:
        console: where a person looks; a bar is shown where it is a terminal.
        log_file: the file, to which is added; None for none.
        steps: of the whole training.
        time_left_every_s: seconds from one line with the time left to the next, where there is no
            terminal for a bar; None for no such lines.
    """

    def __init__(
        self,
        console: Console,
        log_file: Path | None,
        steps: int = 0,
        *,
        time_left_every_s: float | None = None,
    ) -> None:
        self._console = console
        self._file = log_file.open("a", encoding="utf-8") if log_file else None
        self._is_behind = False
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._steps = steps
        self._left_every_s = time_left_every_s
        # When the first step ended, and which it was; and when the time left was logged last.
        self._first: tuple[float, int] | None = None
        self._told_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def say(self, text: str) -> None:
        """Tell of something, with the time."""
        stamped = _stamped(text)
        self._show(stamped)
        self._write(stamped)

    def note(self, text: str) -> None:
        """Write down in the file alone what is too long for the console."""
        self._write(_stamped(text))

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(f"{line}\n")
            self._file.flush()
            self._is_behind = False
        except OSError as error:
            # A full disk ends no training. The line waits in the file's buffer for the next one.
            if not self._is_behind:
                self._show(f"{self._file.name} cannot be written now: {error.strerror}")
            self._is_behind = True

    def _show(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._console.file.flush()

    def start(self, steps: int, done: int) -> None:
        """Show the bar, where there is a terminal.

        Args:
            steps: of the whole training.
            done: steps that are behind us.
        """
        self._steps = steps
        if not self._console.is_terminal:
            return
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeElapsedColumn(), TimeRemainingColumn(), console=self._console,
        )  # fmt: skip
        self._task = self._bar.add_task("training", total=steps, completed=done)
        self._bar.start()

    def step(self, step: int, loss: float, examples_per_s: float) -> None:
        """Move the bar.

        Args:
            step: that is done.
            loss: its sum.
            examples_per_s: images a second, lately.
        """
        if self._bar is not None and self._task is not None:
            text = f"loss {loss:.3f}  {examples_per_s:.1f} examples/s"
            self._bar.update(self._task, completed=step, description=text)
        elif self._left_every_s is not None:
            self._tell_time_left(step, loss, time.monotonic())

    def _tell_time_left(self, step: int, loss: float, now: float) -> None:
        """From the second step on: the first one is slower than all that follow."""
        if self._first is None:
            self._first = now, step
            return
        if self._told_at and now - self._told_at < (self._left_every_s or 0) and step < self._steps:
            return
        self._told_at = now
        since, first = self._first
        left = (now - since) / (step - first) * (self._steps - step)
        self.say(f"step {step}/{self._steps}, {duration(left)} left, loss {loss:.3f}")


def duration(seconds: float) -> str:
    """A time as people say it.

    Example:
        >>> duration(42.4), duration(754), duration(9000)
        ('42 s', '13 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def step_line(
    *, epoch: float, step: int, steps: int, examples_per_s: float, learning_rate: float,
    losses: Mapping[str, float],
) -> str:  # fmt: skip
    """The line of a log.

    Example:
        >>> step_line(epoch=1.5, step=30, steps=100, examples_per_s=36.04, learning_rate=1e-3,
        ...           losses={"loss": 1.25, "box": 0.5})
        'epoch 1.50 step 30/100 examples/s 36.0 learning_rate 0.001 loss 1.25 box 0.5'
    """
    parts = " ".join(f"{name} {value:.5g}" for name, value in losses.items())
    return (
        f"epoch {epoch:.2f} step {step}/{steps} examples/s {examples_per_s:.1f} "
        f"learning_rate {learning_rate:.4g} {parts}"
    )


def _stamped(text: str) -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {text}"
