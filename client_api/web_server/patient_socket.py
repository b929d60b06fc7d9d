"""A socket that sends without waiting: what the client does not take yet is kept for later."""

import contextlib
import socket
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# One call hands so much to the system.
SEND_STEP_BYTES = 1024 * 1024


class PatientSocket(socket.socket):
    """A connected socket whose `sendall` never waits.

    Attributes:
        unsent_bytes: of what it was given, how much is still to be sent by `flush`.
    """

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(
            connected.family, connected.type, connected.proto, fileno=connected.detach()
        )
        self._unsent: deque[memoryview] = deque()
        self.unsent_bytes = 0

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        """Send what is taken at once, and keep the rest.

        Raises:
            OSError: the connection is broken.
        """
        del flags
        view = memoryview(data).cast("B")
        if not len(view):
            return
        self._unsent.append(view)
        self.unsent_bytes += len(view)
        if len(self._unsent) == 1:
            self.flush()

    def flush(self) -> int:
        """Send what is taken now; how many bytes were.

        Raises:
            OSError: the connection is broken.
        """
        sent = 0
        with contextlib.suppress(BlockingIOError, InterruptedError):
            while self._unsent:
                view = self._unsent[0]
                # Of a socket that blocks too.
                count = self.send(view[:SEND_STEP_BYTES], socket.MSG_DONTWAIT)
                sent += count
                self.unsent_bytes -= count
                if count < len(view):
                    self._unsent[0] = view[count:]
                else:
                    self._unsent.popleft()
        return sent

    def forget_unsent(self) -> None:
        """Let go of what was kept."""
        self._unsent.clear()
        self.unsent_bytes = 0
