"""The signals that end a program: handled for a while, and forwarded to a child process."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# A shell's exit status of a program ended by a signal: this plus the signal's number.
SIGNALLED = 128


@contextmanager
def handle_termination(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Call `handler` at Ctrl-C, SIGTERM and a closed terminal, instead of ending at once."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    # `nohup` ignores it, so that the program outlives the terminal.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextmanager
def forward_signals(child: "subprocess.Popen[Any]") -> Iterator[list[int]]:
    """Forward termination signals to the child, which is gone afterwards; yields those received.

    A closed terminal's SIGHUP is forwarded as SIGTERM, at which a training writes a checkpoint
    before it ends. The child is best in a session of its own: a terminal's Ctrl-C would reach it
    twice, and the second one kills it at once.
    """
    heard: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        child.send_signal(signal.SIGTERM if number == signal.SIGHUP else number)

    with handle_termination(forward):
        try:
            yield heard
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
