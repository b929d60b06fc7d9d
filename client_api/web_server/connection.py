"""A connection that receives heads and bodies, and sends answers, without a thread."""

import time
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # it has no types
from gunicorn.workers.gthread import TConn  # type: ignore[import-untyped]  # it has no types

from client_api.web_server.body_reader import TimedReader
from client_api.web_server.body_receiver import BodyReceiver, Progress
from client_api.web_server.patient_socket import PatientSocket

# As much is buffered before the head's end is in sight; gunicorn's own limits are below it.
MAX_HEAD_BYTES = 64 * 1024
HEAD_END = b"\r\n\r\n"
# How long a client may take over taking an answer in, beyond what the lowest rate allows.
SEND_GRACE_S = 30.0


class RepeatingParser:
    """gunicorn's parser of a connection, which can give a request once more.

    Args:
        parser: gunicorn's.
    """

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._again: Any = None
        self.unreader = parser.unreader = TimedReader(parser.unreader.sock)

    def repeat(self, req: Any) -> None:
        """Give `req` as the next request."""
        self._again = req

    @property
    def will_repeat(self) -> bool:
        """Whether the next request is one that has begun."""
        return self._again is not None

    def __next__(self) -> Any:
        """The next request."""
        again, self._again = self._again, None
        return next(self._parser) if again is None else again

    def finish_body(self, deadline: float | None = None) -> bool:
        """Discard what is left of a body; whether that was all, see gunicorn's."""
        return self.will_repeat or bool(self._parser.finish_body(deadline=deadline))


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection that keeps a thread only while something is computed.

    Attributes:
        head: what has come of the next request, before a thread sees it.
        receiver: of the body of the request that is being answered.
        sending: how its answer is being taken in, where it was not at once.
    """

    parser: RepeatingParser | None
    sock: PatientSocket

    def __init__(self, cfg: Any, sock: Any, client: Any, server: Any) -> None:
        super().__init__(cfg, PatientSocket(sock), client, server)
        self.head = b""
        self.receiver: BodyReceiver | None = None
        self.sending: Progress | None = None
        # A thread that finds the socket readable need not wait for it again.
        self.data_ready = True

    def read_head(self) -> bool:
        """Take what has arrived; whether there is something for a thread to do.

        Raises:
            OSError: the connection is broken.
        """
        try:
            data = self.sock.recv(MAX_HEAD_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            raise ConnectionResetError("closed before a request was complete")
        return self.add_to_head(data)

    def add_to_head(self, data: bytes) -> bool:
        """Take what has arrived of a head; whether there is something for a thread to do."""
        self.head += data
        return HEAD_END in self.head[-len(data) - len(HEAD_END) :] or len(self.head) > (
            MAX_HEAD_BYTES
        )

    def take_next_head(self) -> bool:
        """Begin the next request with what came behind the last; whether a thread is needed."""
        left = b"" if self.parser is None else self.parser.unreader.take_left()
        return bool(left) and self.add_to_head(left)

    def init(self) -> None:
        """Hand what was collected to the parser; runs in a thread."""
        super().init()
        # What is sent never waits, and what is received has a timeout each time.
        self.sock.settimeout(None)
        if not isinstance(self.parser, RepeatingParser):
            self.parser = RepeatingParser(self.parser)
        if self.parser.will_repeat:
            return
        self.parser.unreader.begin()
        if self.head:
            self.parser.unreader.unread(self.head)
            self.head = b""

    def answer_again(self, req: Any, receiver: BodyReceiver) -> None:
        """Begin `req` anew when `receiver` has received its body."""
        if self.parser is not None:
            self.parser.repeat(req)
        self.receiver = receiver

    @property
    def held_bytes(self) -> int:
        """How much memory its body or its answer takes."""
        if self.sending is not None:
            return self.sock.unsent_bytes
        return 0 if self.receiver is None else self.receiver.held_bytes

    @property
    def stalled_since_s(self) -> float:
        """Since when hardly anything has moved, on the monotonic clock."""
        if self.sending is not None:
            return self.sending.since_s
        return time.monotonic() if self.receiver is None else self.receiver.progress.since_s

    def close(self, graceful: bool = False) -> None:
        """Close the socket at once; who has to be polite lingers before."""
        del graceful
        util.close(self.sock)
