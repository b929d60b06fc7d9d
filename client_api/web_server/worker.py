"""The gunicorn worker: its threads never wait for a slow client.

gunicorn's `gthread` hands a connection to a thread with its first byte, and the thread then waits
for the rest without end: as many clients as there are threads, each sending a byte a minute, stop
the service. Here a thread gets a request when its head is complete, and again when its body is;
what the client does not take of an answer at once is sent without it. Written against gunicorn 27's
gthread.
"""

import logging
import queue
import selectors
import signal
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it has no types
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # it has no types

from client_api.limits.body_memory import BODY_MEMORY, BodyMemory
from client_api.observability.request_record import BEGAN_AT
from client_api.requests.arriving_body import ARRIVING_BODY, BodyAwaited
from client_api.web_server.body_reader import too_slow
from client_api.web_server.body_receiver import BodyReceiver
from client_api.web_server.connection import Connection
from client_api.web_server.refused_requests import refusal
from client_api.web_server.transfers import Transfers

# From the connection's first byte, or from its last answer, to the end of a request's head.
HEAD_TIMEOUT_S = 10.0
# A thread reads what little may be left of a body, so that the connection can be kept.
QUICK_DRAIN_TIMEOUT_S = 0.05
DRAIN_STEP_BYTES = 1024 * 1024
# A client who is still sending a body that was refused is listened to for so long, without a
# thread: a connection closed before is reset, and the answer lost.
LINGER_TIMEOUT_S = 5.0
STOPPING_LINGER_TIMEOUT_S = 1.0
# How long a stopping worker waits for the heads of requests.
STOPPING_HEAD_TIMEOUT_S = 0.3
# Pause after an accept that failed, such as for want of file descriptors.
ACCEPT_PAUSE_S = 0.5

_log = logging.getLogger(__name__)


class BoundedThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's thread worker with a bound on every wait for a client."""

    pending_conns: deque[Connection]
    sockets: list[Any]
    wsgi: Any
    body_memory: BodyMemory
    transfers: Transfers

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lingering_conns: deque[Connection] = deque()
        self.accepts_at_s = 0.0
        # Where the master's handlers, which a new process begins with, put what comes.
        self.masters_signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def init_signals(self) -> None:
        """Handle signals from now on, and those that came since the process was made.

        gunicorn would lose them, and wait for such a worker until it may be killed.
        """
        super().init_signals()
        while not self.masters_signals.empty():
            if self.masters_signals.get() == signal.SIGTERM:
                self.handle_exit(signal.SIGTERM, None)

    def accept(self, listener: Any) -> bool:
        """Take a connection and wait for its first request's head, without a thread.

        One that cannot be taken, as where no more files may be open, ends nothing: it waits in the
        backlog until those that are answered have given some back.

        Returns:
            Whether there was one, and it was taken.
        """
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:
            self.log.warning("no connections are accepted for %g s: %s", ACCEPT_PAUSE_S, error)
            self.accepts_at_s = time.monotonic() + ACCEPT_PAUSE_S
            super().set_accept_enabled(False)
            return False
        self.nr_conns += 1
        self._await_head(Connection(self.cfg, sock, client, listener.getsockname()))
        return True

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections or not; gunicorn asks each time that it has waited for something.

        The last ones of a worker that stops are those that the system has taken for it: it would
        reset them.
        """
        is_time = self.alive and time.monotonic() >= self.accepts_at_s
        super().set_accept_enabled(enabled and is_time)
        if not self.alive:
            listeners, self.sockets = self.sockets, []
            for listener in listeners:
                while self.nr_conns < self.worker_connections and self.accept(listener):
                    pass
                listener.close()

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
            self._close(conn)
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
        """Close connections whose head or end did not come in time; sooner once stopping."""
        now_s = time.monotonic()
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, now_s + STOPPING_HEAD_TIMEOUT_S)
            for conn in self.lingering_conns:
                conn.timeout = min(conn.timeout, now_s + STOPPING_LINGER_TIMEOUT_S)
        super().murder_pending()
        while self.lingering_conns and self.lingering_conns[0].timeout < now_s:
            conn = self.lingering_conns.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)
        self.transfers.check(is_stopping=not self.alive)

    def load_wsgi(self) -> None:
        """Load the application, and say in its answers where the connection ends with them."""
        super().load_wsgi()
        self.body_memory = self.wsgi.extensions[BODY_MEMORY]
        self.transfers = Transfers(
            self.poller, self.body_memory, self.enqueue_req, self._answered, self._close
        )
        self.wsgi = partial(_answer, self.wsgi)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Answer a request whose head has been read.

        gunicorn would tell the client to send its body at once; here it is told when the body is
        read, and so not at all where the head alone is refused. Where the body is not there yet,
        the request is answered anew once it is.
        """
        req.unreader.is_waited_for = req._expected_100_continue
        req._expected_100_continue = False
        receiver = conn.receiver or BodyReceiver(req, self.body_memory)
        req.receiver, conn.receiver = receiver, None
        try:
            return super().handle_request(req, conn)
        except BodyAwaited:
            conn.answer_again(req, receiver)
            return True
        except TimeoutError as error:
            raise too_slow() from error
        finally:
            if conn.receiver is None:
                receiver.close()

    def finish_request(self, conn: Connection, fs: "Future[Any]") -> None:
        """Wait for the body, send what is left of the answer, or go on with the next request."""
        if conn.receiver is not None:
            self.transfers.receive(conn)
        elif conn.sock.unsent_bytes:
            self.transfers.send(conn, fs)
        else:
            self._answered(conn, fs)

    def _answered(self, conn: Connection, fs: "Future[Any]") -> None:
        """Keep the connection, or let it linger; gunicorn would wait for its end right here."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            if conn.take_next_head():
                self.enqueue_req(conn)
            elif conn.head:
                self._await_head(conn)
            else:
                super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(
                conn.sock, selectors.EVENT_READ, partial(self._discard_what_comes, conn)
            )
        except (OSError, ValueError):
            self._close(conn)
            return
        conn.timeout = time.monotonic() + LINGER_TIMEOUT_S
        self.lingering_conns.append(conn)

    def _discard_what_comes(self, conn: Connection, client: Any) -> None:
        """The client still sends the body of a request that has been refused, or is done."""
        try:
            if conn.sock.recv(DRAIN_STEP_BYTES):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.log.debug("a client left while its body was discarded: %s", error)
        self.lingering_conns.remove(conn)
        self.poller.unregister(client)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what never became a request, or failed outside the application, as a problem."""
        del req
        try:
            client.sendall(refusal(exc, addr[0] if addr else "-"))
        except OSError as error:
            self.log.debug("the client did not take the answer: %s", error)


def _answer(application: Any, environ: Any, start_response: Any) -> Any:
    """What `application` answers, as the connection's last answer where a body is left unread."""
    # gunicorn's own, which writes the Connection header.
    response = start_response.__self__
    receiver = response.req.receiver
    environ[ARRIVING_BODY] = receiver
    if receiver.was_awaited:
        environ[BEGAN_AT] = receiver.began_at_s

    def start(status: str, headers: Any, exc_info: Any = None) -> Any:
        if not _has_no_body_left(response.req):
            response.force_close()
        return start_response(status, headers, exc_info)

    return application(environ, start)


def _has_no_body_left(req: Any) -> bool:
    """Whether the body was read to its end, or what was left of it could be read quickly."""
    body, unreader, drained = req.body, req.unreader, 0
    if unreader.is_waited_for:
        # It was not asked for, so that nobody knows whether it still comes.
        unreader.is_waited_for = False
        return False
    if unreader.is_received and not req.receiver.is_whole:
        return False
    unreader.deadline_s = time.monotonic() + QUICK_DRAIN_TIMEOUT_S
    try:
        while not body.failed and drained < DRAIN_STEP_BYTES:
            data = body.read(DRAIN_STEP_BYTES)
            if not data:
                return True
            drained += len(data)
    except (OSError, ParseException) as error:
        _log.debug("a body was not read to its end: %s", error)
    return False
