"""Processes that live as long as this one: started, watched, and stopped in order."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

STOP_TIMEOUT_S = 20.0
# Not SIGKILL, which somebody sends: a person, or a system that has no memory left.
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
# Of Linux's prctl(2).
PR_SET_PDEATHSIG = 1


class Child:
    """A program that this one started.

    It runs in a session of its own, so that Ctrl-C in the terminal reaches only us, and we decide
    who stops first. Should this process be killed, it is asked to stop by the system (Linux's).

    Args:
        name: for messages.
        command: program and arguments.
        environment: all of its variables.
        kept_files: open files that it inherits.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        kept_files: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 (the command is ours, without a shell)
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(kept_files),
            # No other thread runs in this process, whose locks a new one could find taken.
            preexec_fn=_stop_with_parent(),
        )

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

    @property
    def crash(self) -> str | None:
        """The signal that its own code ended it with, such as SIGSEGV; None for any other end."""
        code = self.exit_code
        return signal.Signals(-code).name if code is not None and -code in CRASHES else None

    def stop(self) -> None:
        """Ask it to finish what it does and leave; end it where it has not after a while."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _stop_with_parent() -> Callable[[], None] | None:
    """What a new process does first, to be sent SIGTERM when this one ends, however that ends.

    A model server and a gateway that nobody stops any more would keep their memory and the port.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None:
        return None
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # It ended before it was asked.
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
