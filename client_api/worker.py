"""The gunicorn worker: its threads never wait long for a slow client.

gunicorn's `gthread` hands a connection to a thread with its first byte, and the thread then waits
for the rest without end: as many clients as there are threads, each sending a byte a minute, stop
the service. Here a thread gets a request when its head is complete, its body has to come at a
lowest rate, and the answer has to be taken within a time. Written against gunicorn 27's gthread.
"""

import errno
import selectors
import time
from collections import deque
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # it has no types
from gunicorn.http.errors import (  # type: ignore[import-untyped]  # it has no types
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]  # it has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # it has no types

from client_api.problems import INTERNAL_ERROR, problem
from client_api.request_record import new_request_id

# From the connection's first byte, or from its last answer, to the end of a request's head.
HEAD_TIMEOUT_S = 10.0
# As much is buffered before the head's end is in sight; gunicorn's own limits are below it.
MAX_HEAD_BYTES = 64 * 1024
HEAD_END = b"\r\n\r\n"
# A body may take this long, and longer by what it has brought at this rate, which a phone on a
# bad network reaches.
BODY_GRACE_S = 20.0
MIN_BODY_BYTES_PER_S = 20_000
# How long a client may take over taking an answer in.
SEND_TIMEOUT_S = 60.0
# A refused body is read to its end for so long, so that the client, who is still sending, gets to
# read the refusal; a connection closed before is reset, and the answer lost.
DRAIN_TIMEOUT_S = 5.0
MAX_DRAINED_BYTES = 256 * 1024 * 1024
# How long a client may take over closing its side of a connection that is over.
CLOSE_TIMEOUT_S = 0.5

# The first that matches counts.
_STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (LimitRequestLine, 414),
    (LimitRequestHeaders, 431),
    (UnsupportedTransferCoding, 501),
    (ExpectationFailed, 417),
    (ParseException, 400),
)


class TimedReader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads a connection's socket, with a deadline that moves with what arrives.

    Args:
        sock: the connection's.
    """

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self._started_s = time.monotonic()
        self._received = 0
        self.deadline_s: float | None = None

    def begin(self) -> None:
        """A request begins."""
        self._started_s = time.monotonic()
        self._received = 0
        self.deadline_s = None

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What has arrived, or b"" at the end.

        Raises:
            TimeoutError: nothing, or too little, arrived in time.
        """
        allowed_s = BODY_GRACE_S + self._received / MIN_BODY_BYTES_PER_S
        until_s = self.deadline_s or self._started_s + allowed_s
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise _too_slow()
        self.sock.settimeout(left_s)
        try:
            data: bytes = super().chunk(size_hint)
        except TimeoutError as error:
            raise _too_slow() from error
        finally:
            self.sock.settimeout(SEND_TIMEOUT_S)
        self._received += len(data)
        return data


def _too_slow() -> TimeoutError:
    # By this number gunicorn takes it for a client that went away, not for an error to log.
    return TimeoutError(errno.ECONNRESET, "the client is too slow")


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection whose request heads are collected before a thread sees them."""

    def __init__(self, cfg: Any, sock: Any, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.head = b""
        # A thread that finds the socket readable need not wait for it again.
        self.data_ready = True
        self.closed = False

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
        self.head += data
        return HEAD_END in self.head[-len(data) - len(HEAD_END) :] or len(self.head) > (
            MAX_HEAD_BYTES
        )

    def init(self) -> None:
        """Hand what was collected to the parser; runs in a thread."""
        super().init()
        # A thread may also wait for the client to take the answer.
        self.sock.settimeout(SEND_TIMEOUT_S)
        if not isinstance(self.parser.unreader, TimedReader):
            self.parser.unreader = TimedReader(self.sock)
        self.parser.unreader.begin()
        if self.head:
            self.parser.unreader.unread(self.head)
            self.head = b""

    def close(self, graceful: bool = False) -> None:
        """Close the socket at once; `BoundedThreadWorker.handle` has been graceful already."""
        del graceful
        self.closed = True
        util.close(self.sock)


class BoundedThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's thread worker with a bound on every wait for a client."""

    pending_conns: deque[Connection]

    def accept(self, listener: Any) -> None:
        """Take a connection and wait for its first request's head, without a thread."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._await_head(Connection(self.cfg, sock, client, listener.getsockname()))

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """A kept-alive connection begins another request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_head(conn)

    def on_pending_socket_readable(self, conn: Connection, client: Any) -> None:
        """More of a head has arrived."""
        try:
            if not conn.read_head():
                return
        except OSError:
            self._stop_waiting(conn, client)
            self.nr_conns -= 1
            conn.close()
            return
        self._stop_waiting(conn, client)
        self.enqueue_req(conn)

    def _await_head(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_TIMEOUT_S
        self.pending_conns.append(conn)
        self.poller.register(
            conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
        )

    def _stop_waiting(self, conn: Connection, client: Any) -> None:
        self.poller.unregister(client)
        self.pending_conns.remove(conn)

    def murder_pending(self) -> None:
        """Close connections whose head did not come in time; all of them once stopping."""
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = 0.0
        super().murder_pending()

    def handle(self, conn: Connection) -> Any:
        """Answer a request; runs in a thread."""
        keep = super().handle(conn)
        if not keep:
            self._close_politely(conn)
        return keep

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Answer a request whose head has been read."""
        try:
            return super().handle_request(req, conn)
        except TimeoutError as error:
            raise _too_slow() from error

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether another request may follow: it may once this one's body has been read."""
        return self._drain(conn) and keepalive

    def _drain(self, conn: Connection) -> bool:
        """Read what is left of a body, so that a client who still sends gets to read the answer."""
        reader = conn.parser.unreader
        reader.deadline_s = time.monotonic() + DRAIN_TIMEOUT_S
        try:
            return bool(
                conn.parser.finish_body(deadline=reader.deadline_s, max_bytes=MAX_DRAINED_BYTES)
            )
        except (OSError, ParseException):
            return False

    def _close_politely(self, conn: Connection) -> None:
        # Not in `finish_request`, where gunicorn does it: that runs in the thread that accepts
        # connections, which a client who does not close its side would hold for two seconds.
        if conn.parser is not None:
            self._drain(conn)
        util.close_graceful(conn.sock, timeout=CLOSE_TIMEOUT_S)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what never became a request, or failed outside the application, as a problem."""
        del req, addr
        status = next((s for kind, s in _STATUSES if isinstance(exc, kind)), 500)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("the gateway failed outside the application", exc_info=exc)
            detail = INTERNAL_ERROR
        else:
            detail = f"the request is no HTTP that is understood: {HTTPStatus(status).phrase}"
        request_id = new_request_id()
        body, headers = problem(status, detail, request_id)
        headers |= {
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Request-ID": request_id,
            "X-Content-Type-Options": "nosniff",
        }
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        try:
            client.settimeout(SEND_TIMEOUT_S)
            client.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        except OSError as error:
            self.log.debug("the client did not take the answer: %s", error)
