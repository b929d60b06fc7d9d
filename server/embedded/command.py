"""The program: from a command line to a server that runs until it is told to stop."""

import contextlib
import faulthandler
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn, Self

from server.embedded.configs.text_format import ConfigFileError
from server.embedded.engines.engine import EngineMissing
from server.embedded.errors import ServingError
from server.embedded.flags import FlagError, Flags, parse_flags, usage, without_effect
from server.embedded.grpc_api.server import AddressNotAvailable
from server.embedded.memory_trimmer import use_one_arena
from server.embedded.wiring import CLOSING_S, MAX_WAIT_S, ModelServer
from serving_protocol.log_lines import log_to

PROGRAM = "tensorflow_model_server"
# The gateway's variable, so that both write alike where both run.
LOG_FORMAT = "LOG_FORMAT"
# What stopping may take on top of the times that its steps have, before the process is ended.
MARGIN_S = 3.0

logger = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT, then finish the requests in flight.

    Args:
        argv: the arguments after the program's name; `flags.Flags` lists them.

    Returns:
        The exit status, for a server that did not get to load models; one that did ends the
        process here: with 0 after a stop, with 1 where it could not serve.
    """
    try:
        flags, unknown = parse_flags(argv)
    except FlagError as error:
        sys.stdout.write(f"{error}\n{usage(PROGRAM)}")
        return 1
    if flags.version:
        sys.stdout.write("Boxwright's embedded model server, for TensorFlow Serving's API\n")
        return 0
    if "--help" in unknown:
        sys.stdout.write(usage(PROGRAM))
        return 0
    if unknown:
        # As TensorFlow Serving does: said, and served all the same.
        sys.stdout.write(f"unknown argument: {unknown[0]}\n{usage(PROGRAM)}")
        sys.stdout.flush()
    log_to(sys.stderr, os.environ.get(LOG_FORMAT, "").strip().lower(), "info")
    for name in without_effect(flags):
        logger.warning("--%s is taken, but has no effect here", name)
    use_one_arena()
    with _StopSignals() as signals:
        return _serve(flags, signals)


def _serve(flags: Flags, signals: "_StopSignals") -> int:
    try:
        server = ModelServer(flags)
    except (ConfigFileError, EngineMissing, ServingError, ValueError) as error:
        return _failed(error)
    return _leave(_run(server, signals, min(flags.drain_seconds, MAX_WAIT_S)))


def _run(server: ModelServer, signals: "_StopSignals", drain_s: float) -> int:
    try:
        if server.start(signals.is_stopped):
            signals.wait()
    except (AddressNotAvailable, ServingError) as error:
        close_or_end(server, 0)
        return _failed(error)
    close_or_end(server, drain_s)
    return 0


def close_or_end(server: ModelServer, drain_s: float) -> None:
    """Close the server; should that hang, write what each thread was doing, and end with 1."""
    limit_s = max(0.0, drain_s) + CLOSING_S + MARGIN_S
    # It needs no lock of Python's, which may be what the threads wait for.
    faulthandler.dump_traceback_later(limit_s, exit=True)
    server.close(drain_s)
    faulthandler.cancel_dump_traceback_later()


def _leave(status: int) -> NoReturn:
    """End the process at once.

    An ordinary exit would wait for threads that are still in a model's code, and TensorFlow's
    threads may abort a process that takes the interpreter away from under them.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _failed(error: Exception) -> int:
    reason = f"{error.code.name}: {error}" if isinstance(error, ServingError) else str(error)
    sys.stdout.write(f"Failed to start server. Error: {reason}\n")
    sys.stdout.flush()
    return 1


class _StopSignals:
    """What waits for SIGTERM and SIGINT, while the block lasts."""

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        # The system may give a signal to any thread, and waking the main thread, where Python's
        # handlers run, is not part of that; what is written into a socket wakes who reads it.
        self._numbers, self._written = socket.socketpair()
        self._written.setblocking(False)
        self._arrived: signal.Signals | None = None
        self._former: list[tuple[signal.Signals, Any]] = []

    def __enter__(self) -> Self:
        # Only a process's main thread may handle signals; elsewhere the caller does.
        if threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
            self._former = [
                (number, signal.signal(number, lambda _number, _frame: None))
                for number in self.SIGNALS
            ]
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._former:
            signal.signal(number, handler)
        if self._former:
            signal.set_wakeup_fd(-1)
        self._numbers.close()
        self._written.close()

    def is_stopped(self) -> bool:
        """Whether a signal has come."""
        self._numbers.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            self._read()
        return self._arrived is not None

    def wait(self) -> None:
        """Return when a signal has come."""
        self._numbers.setblocking(True)
        self._read()
        if self._arrived is not None:
            logger.info("%s: stopping", self._arrived.name)

    def _read(self) -> None:
        while self._arrived is None:
            (number,) = self._numbers.recv(1)
            self._arrived = next((each for each in self.SIGNALS if each == number), None)
