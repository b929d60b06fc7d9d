"""Processes that live as long as this one: started, watched, and stopped in order."""

import signal
import subprocess
from collections.abc import Mapping, Sequence

STOP_TIMEOUT_S = 20.0


class Child:
    """A program that this one started.

    It runs in a session of its own, so that Ctrl-C in the terminal reaches only us, and we decide
    who stops first.

    Args:
        name: for messages.
        command: program and arguments.
        environment: all of its variables.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 (the command is ours, without a shell)
            list(command), env=dict(environment), stdin=subprocess.DEVNULL, start_new_session=True
        )

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

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
