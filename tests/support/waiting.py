"""Wait for what a test started, by asking it again and again."""

import socket
import threading
import time
from collections.abc import Callable

_PAUSE = threading.Event()


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    """Return as soon as `holds()`; fail with `what` once `timeout_s` have passed."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        _PAUSE.wait(0.02)


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
