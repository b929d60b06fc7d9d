"""Wait for what a test started, by asking it again and again."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

_PAUSE = threading.Event()
LOWEST_PORT = 10_000
# Linux gives connections and servers that want any port those from here on.
ANY_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST_ANY_PORT = 32_768
_handed_out: set[int] = set()


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = 120) -> None:
    """Return as soon as `holds()`; fail with `what` once `timeout_s` have passed."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what}")
        _PAUSE.wait(0.02)


def free_port() -> int:
    """A TCP port of the loopback interface that nothing listens on now; never the same twice.

    It is none that the system hands out by itself: any connection that is made before the test's
    server listens could get one of those.
    """
    highest = LOWEST_ANY_PORT
    with contextlib.suppress(OSError):
        highest = int(ANY_PORTS.read_text().split()[0])
    if highest <= 2 * LOWEST_PORT:
        highest = 2**16
    while True:
        port = random.randrange(LOWEST_PORT, highest)
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in _handed_out:
                probe.bind(("127.0.0.1", port))
                _handed_out.add(port)
                return port
