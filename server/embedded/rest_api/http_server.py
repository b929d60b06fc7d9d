"""Serves the REST API on a port, and stops without dropping an answer."""

import socket
import threading
import time
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, WSGITask

from server.embedded.rest_api.app import MAX_BODY_BYTES, WsgiApp, error_body

MAX_CONNECTIONS = 1000
POLL_S = 0.02
# A connection that is closed while its client still sends looks broken to most clients. Bodies up
# to this many times the limit are therefore read, to a file, before they are refused.
READ_AND_REFUSED = 4
# How long a stopping server waits for the request of a connection that was made just before.
NEW_CONNECTION_S = 0.3


class _ClosingTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A request; while the server drains, its connection is closed after the answer."""

    def execute(self) -> None:
        if self.channel.server.draining:
            self.set_close_on_finish()
        super().execute()


class _JsonErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """A request that is no HTTP, or too large: refused in JSON as everything else is."""

    def execute(self) -> None:
        error = self.request.error
        body = error_body(f"{error.reason}: {error.body}")
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    task_class = _ClosingTask
    error_task_class = _JsonErrorTask
    has_asked = False

    def received(self, data: bytes) -> bool:
        self.has_asked = True
        return bool(super().received(data))


class RestServer:
    """An HTTP server with a fixed number of threads.

    The port is open, and requests wait in its backlog, from the moment it is built.

    Args:
        app: answers the requests.
        port: 0 takes a free one; see `port`.
        host: a numeric address; all interfaces by default.
        threads: requests that are answered at the same time; others wait.
        max_body_bytes: what `app` accepts; bodies much longer are refused with 413 at once.

    Raises:
        OSError: the port cannot be opened.
    """

    def __init__(
        self,
        app: WsgiApp,
        port: int,
        *,
        host: str = "0.0.0.0",  # noqa: S104  # TensorFlow Serving's default
        threads: int = 8,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server: Any = create_server(
            app,
            sockets=[socket.create_server((host, port), family=family)],
            threads=threads,
            max_request_body_size=READ_AND_REFUSED * max_body_bytes,
            connection_limit=MAX_CONNECTIONS,
            asyncore_use_poll=True,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        self._server.channel_class = _Channel
        self._server.draining = False
        self._port_is_closed = threading.Event()
        self._thread = threading.Thread(target=self._server.run, name="rest-api", daemon=True)

    @property
    def port(self) -> int:
        """The TCP port that is open."""
        return int(self._server.effective_port)

    @property
    def requests_in_progress(self) -> int:
        """Requests that arrive, run, wait for a thread, or whose answers are being sent."""
        return sum(
            bool(each.request or each.requests or each.total_outbufs_len)
            for each in self._channels()
        )

    def start(self) -> None:
        """Answer requests, in threads of its own."""
        self._thread.start()

    def close_port(self) -> None:
        """Take no new connections; those that are open are closed after their next answer."""
        if not self._server.draining:
            self._server.draining = True
            # The listening socket belongs to the server's thread, which runs what it is handed.
            self._in_server_thread(self._close_port)

    def drain(self, timeout_s: float) -> bool:
        """Close the port and wait until what was asked, also what still queues, is answered.

        Args:
            timeout_s: how long at most.

        Returns:
            Whether everything was answered.
        """
        self.close_port()
        deadline_s = time.monotonic() + timeout_s
        self._port_is_closed.wait(timeout_s)
        new_until_s = min(deadline_s, time.monotonic() + NEW_CONNECTION_S)
        while self.requests_in_progress or (
            time.monotonic() < new_until_s and not all(each.has_asked for each in self._channels())
        ):
            if time.monotonic() > deadline_s:
                return False
            time.sleep(POLL_S)
        return True

    def stop(self) -> None:
        """Close every connection and end the threads; `drain` first, to answer what was asked."""
        self._in_server_thread(lambda: wasyncore.close_all(self._server._map, ignore_all=True))
        self._thread.join()
        self._server.task_dispatcher.shutdown()

    def _close_port(self) -> None:
        """Take the connections that are made already, which the system would reset, and close."""
        known = -1
        while known < len(self._server.active_channels) < MAX_CONNECTIONS:
            known = len(self._server.active_channels)
            self._server.handle_accept()
        wasyncore.dispatcher.close(self._server)
        self._port_is_closed.set()

    def _channels(self) -> list[_Channel]:
        return list(self._server.active_channels.values())

    def _in_server_thread(self, work: Any) -> None:
        self._server.trigger.pull_trigger(work)
