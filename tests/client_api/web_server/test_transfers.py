"""Bodies and answers in a worker's poller, as gunicorn calls back for them: a batch at a time."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, cast

import pytest

from client_api.errors import GatewayError, TooBusy
from client_api.limits.body_memory import BodyMemory
from client_api.web_server.body_receiver import STALLED_S, Progress
from client_api.web_server.connection import Connection
from client_api.web_server.patient_socket import PatientSocket
from client_api.web_server.transfers import Transfers

LONG_AGO_S = time.monotonic() - 10 * STALLED_S
MEGABYTE = 1024 * 1024


class Body:
    """A body that finds no room, until it is given up."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.given_up: GatewayError | str | None = None

    def receive(self) -> bool:
        return False

    def give_up(self, error: GatewayError) -> None:
        self.given_up = error

    def give_up_as_too_slow(self) -> None:
        self.given_up = "too slow"

    def deadline_s(self) -> float:
        return time.monotonic() + 60

    @property
    def is_over(self) -> bool:
        return self.given_up is not None


class TornSocket(PatientSocket):
    """Takes a megabyte, and is reset then."""

    def send(self, data: Any, flags: int = 0, /) -> int:
        if self.unsent_bytes <= 2 * MEGABYTE:
            raise ConnectionResetError
        return len(data)


@dataclass(eq=False)
class Client:
    """What `Transfers` asks of a connection."""

    sock: PatientSocket
    held_bytes: int = 0
    stalled_since_s: float = LONG_AGO_S
    receiver: Body | None = None
    sending: Progress | None = None


@dataclass
class Worker:
    memory: BodyMemory
    poller: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    answered: list[Any] = field(default_factory=list)
    dropped: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        def go_on(conn: Any, _: object) -> None:
            raise AssertionError(f"{conn} has an answer that was not taken in")

        self.transfers = Transfers(
            self.poller, self.memory, self._answer, go_on, self.dropped.append
        )

    def _answer(self, conn: Any) -> None:
        self.answered.append(conn)
        self.memory.give_back(conn.held_bytes)
        conn.held_bytes = 0

    def dispatch(self) -> int:
        """Call back for all that the poller finds at once, as gunicorn does; how many they were."""
        found = self.poller.select(0)
        for key, _ in found:
            key.data(key.fileobj)
        return len(found)


@pytest.fixture
def peers() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for each in opened:
        each.close()


def client_with(peers: list[socket.socket], kind: type[PatientSocket] = PatientSocket) -> Client:
    ours, theirs = socket.socketpair()
    sock = kind(ours)
    peers += [sock, theirs]
    theirs.sendall(b"x")
    return Client(sock)


def test_a_client_that_is_cut_for_another_of_the_same_batch_is_passed_over(
    peers: list[socket.socket],
) -> None:
    worker = Worker(BodyMemory(100))
    clients = [client_with(peers) for _ in range(2)]
    for each in clients:
        each.receiver, each.held_bytes = Body(), 50
        worker.memory.add(50)
        worker.transfers.receive(cast("Connection", each))
    assert worker.dispatch() == 2
    assert [each.receiver is not None and each.receiver.is_over for each in clients] == [True, True]
    assert sorted(map(id, worker.answered)) == sorted(map(id, clients))
    assert worker.memory.taken_bytes == 0


def test_what_was_sent_before_a_connection_broke_is_given_back(
    peers: list[socket.socket],
) -> None:
    worker = Worker(BodyMemory(100 * MEGABYTE))
    client = client_with(peers, TornSocket)
    client.sock._unsent.append(memoryview(bytes(3 * MEGABYTE)))
    client.sock.unsent_bytes = 3 * MEGABYTE
    worker.transfers.send(cast("Connection", client), None)
    assert worker.memory.taken_bytes == 3 * MEGABYTE
    assert worker.dispatch() == 1
    assert worker.dropped == [client]
    assert worker.memory.taken_bytes == 0


def test_a_thread_that_waits_for_room_is_given_that_of_a_client_that_has_stalled(
    peers: list[socket.socket],
) -> None:
    worker = Worker(BodyMemory(100, wait_s=60))
    stalled = client_with(peers)
    stalled.receiver, stalled.held_bytes = Body(), 90
    worker.memory.add(90)
    worker.transfers.receive(cast("Connection", stalled))
    came: list[int] = []

    def wait() -> None:
        with worker.memory.room(80):
            came.append(worker.memory.taken_bytes)

    thread = Thread(target=wait)
    thread.start()
    while thread.is_alive():
        worker.transfers.check(is_stopping=False)
        thread.join(0.02)
    assert came == [80]
    assert stalled.receiver.given_up == "too slow"
    assert worker.memory.taken_bytes == worker.memory.wanted_bytes == 0


def test_who_waits_in_vain_wants_nothing_any_more() -> None:
    memory = BodyMemory(100, wait_s=0)
    memory.add(50)
    with pytest.raises(TooBusy), memory.room(60):
        pass
    assert (memory.taken_bytes, memory.wanted_bytes) == (50, 0)
