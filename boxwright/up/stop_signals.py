"""The signals that stop `boxwright up`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from boxwright.signals import handle_termination


@contextmanager
def stop_event() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, in the place of ending this process at once.

    A terminal that is closed sets it too: the programs that were started have sessions of their
    own and do not hear of it. Under `nohup` that means nothing, as everywhere.
    """
    stop = threading.Event()
    with handle_termination(lambda _number, _frame: stop.set()):
        yield stop
