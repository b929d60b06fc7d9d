"""Clients that mean harm: many connections from one thread, each as slow as it can be."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx

ADDRESS = "127.0.0.1"
# The least that a system lets a receiver's buffer be, so that little of an answer fits into it.
SMALL_BUFFER_BYTES = 2048


@dataclass
class Tally:
    """What became of the requests of honest clients."""

    sent: int = 0
    right: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    lost: int = 0

    def count(self, ask: Callable[[], httpx.Response]) -> httpx.Response | None:
        """Ask once, and count what came."""
        self.sent += 1
        try:
            answer = ask()
        except httpx.HTTPError:
            self.lost += 1
            return None
        if answer.status_code == 200:
            self.right += 1
        else:
            self.refused[answer.status_code] = self.refused.get(answer.status_code, 0) + 1
        return answer

    def __str__(self) -> str:
        refused = ", ".join(f"{n} x {status}" for status, n in sorted(self.refused.items())) or "0"
        return f"sent {self.sent}, answered right {self.right}, refused {refused}, lost {self.lost}"


@contextlib.contextmanager
def slow_senders(
    port: int, starts: Sequence[bytes], byte: bytes = b"x"
) -> Iterator[list[socket.socket]]:
    """Connections that each send a start, and then one byte a second while inside.

    Args:
        port: of the gateway.
        starts: of the requests, one a connection.
        byte: that each goes on with.
    """
    stop = threading.Event()
    with contextlib.ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection((ADDRESS, port), timeout=30))
            for _ in starts
        ]
        for connection, start in zip(connections, starts, strict=True):
            connection.sendall(start)

        def dribble() -> None:
            while not stop.wait(1.0):
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.send(byte)

        thread = threading.Thread(target=dribble)
        thread.start()
        opened.callback(thread.join)
        opened.callback(stop.set)
        yield connections


@contextlib.contextmanager
def slow_readers(port: int, request: bytes, count: int) -> Iterator[list[socket.socket]]:
    """Connections that send `request` and read one byte a second of the answer while inside."""
    stop = threading.Event()
    with contextlib.ExitStack() as opened:
        connections = []
        for _ in range(count):
            connection = opened.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
            connection.settimeout(30)
            connection.connect((ADDRESS, port))
            connection.sendall(request)
            connection.setblocking(False)
            connections.append(connection)

        def read() -> None:
            while not stop.wait(1.0):
                for connection in connections:
                    with contextlib.suppress(OSError):
                        connection.recv(1)

        thread = threading.Thread(target=read)
        thread.start()
        opened.callback(thread.join)
        opened.callback(stop.set)
        yield connections


def statuses_of(connections: Sequence[socket.socket], timeout_s: float) -> list[bytes]:
    """The first line of what came on each connection so far, or b"" where nothing has."""
    lines = [b""] * len(connections)
    with selectors.DefaultSelector() as selector:
        for index, connection in enumerate(connections):
            selector.register(connection, selectors.EVENT_READ, index)
        for key, _ in selector.select(timeout_s):
            with contextlib.suppress(OSError):
                lines[key.data] = connections[key.data].recv(4096).partition(b"\r\n")[0]
    return lines
