"""How long a thread waits for what a client sends."""

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from client_api.web_server import body_reader
from client_api.web_server.body_reader import TimedReader


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The readers' clock, which the test turns."""
    turned = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr(body_reader, "time", SimpleNamespace(monotonic=lambda: turned.now_s))
    return turned


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_nothing_at_all_is_waited_for_no_longer_than_the_grace() -> None:
    with connected() as (ours, _):
        reader = TimedReader(ours, grace_s=0.1)
        with pytest.raises(TimeoutError):
            reader.chunk()


def test_a_client_that_dribbles_is_given_up_before_it_is_through() -> None:
    stop, through = threading.Event(), threading.Event()
    with connected() as (ours, theirs):

        def dribble() -> None:
            for _ in range(500):
                if stop.wait(0.01):
                    return
                theirs.send(b".")
            through.set()

        sender = threading.Thread(target=dribble)
        sender.start()
        reader = TimedReader(ours, grace_s=0.2, min_bytes_per_s=1000)
        try:
            with pytest.raises(TimeoutError):
                all(reader.chunk() for _ in itertools.count())
        finally:
            stop.set()
            sender.join()
        assert not through.is_set()


def test_a_steady_client_may_take_longer_than_the_grace(clock: SimpleNamespace) -> None:
    with connected() as (ours, theirs):
        theirs.send(b"12345")
        reader = TimedReader(ours, grace_s=30, min_bytes_per_s=0.5)
        assert reader.chunk() == b"12345"
        # Five bytes are worth ten seconds.
        clock.now_s += 39
        theirs.send(b"6")
        assert reader.chunk() == b"6"
        clock.now_s += 4
        theirs.send(b"7")
        with pytest.raises(TimeoutError):
            reader.chunk()


def test_each_request_has_its_own_time(clock: SimpleNamespace) -> None:
    with connected() as (ours, theirs):
        reader = TimedReader(ours, grace_s=30)
        theirs.send(b"next")
        clock.now_s += 31
        with pytest.raises(TimeoutError):
            reader.chunk()
        reader.begin()
        assert reader.chunk() == b"next"
