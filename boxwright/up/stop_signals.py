"""The signals that stop `boxwright up`."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_event() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, in the place of ending this process at once.

    A terminal that is closed sets it too: the programs that were started have sessions of their
    own and do not hear of it. Under `nohup` that means nothing, as everywhere.
    """
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {each: signal.signal(each, ask) for each in numbers}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
