"""`CallsFromTensorFlow`: lets Python end while TensorFlow's threads still ask it for batches.

A pipeline that is alive at the end of a program, because a module or a traceback holds it, goes on
filling its buffers. A thread of TensorFlow's that enters Python when Python has ended never
comes back, and TensorFlow waits for it for ever: the program hangs after its last line.
"""

import atexit
import time
from collections.abc import Callable
from threading import Condition
from typing import TypeVar

Result = TypeVar("Result")

# Full buffers ask for nothing more: after so long without a call, there will be none.
_QUIET_S = 0.05
# Somebody consumes still, in a thread that was not ended.
_LONGEST_WAIT_S = 5.0


class CallsFromTensorFlow:
    """The calls under way, which have an end when Python's comes.

    Example:
        >>> CallsFromTensorFlow().run(lambda: 3)
        3
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._running = 0
        self._started = 0
        self._closed = False
        atexit.register(self.close)

    def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`.

        Raises:
            StopIteration: Python is about to end; to TensorFlow, the end of the data.
        """
        with self._changed:
            self._started += 1
            if self._closed:
                raise StopIteration
            self._running += 1
        try:
            return work()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Ends the data, and waits until TensorFlow's threads have taken note."""
        give_up_at = time.monotonic() + _LONGEST_WAIT_S
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._running, timeout=_LONGEST_WAIT_S)
            seen = -1
            while seen != self._started and time.monotonic() < give_up_at:
                seen = self._started
                self._changed.wait(_QUIET_S)
