"""Receives a request's body: for a moment in a thread, and from then on in the worker's poller.

Most bodies are there when their heads have been looked at; those that are not wait in the poller,
where a slow client costs its connection and nothing else. See `client_api.requests.arriving_body`.
"""

import select
import socket
import time
from contextlib import AbstractContextManager
from typing import Any

from gunicorn.http.body import ChunkedReader  # type: ignore[import-untyped]  # it has no types

from client_api.errors import BadBody, BodyTooSlow, GatewayError, RequestTooLarge
from client_api.limits.body_memory import BodyMemory
from client_api.requests.arriving_body import BodyAwaited
from client_api.web_server.body_end import BodyEnd, ChunkedEnd, LengthEnd
from client_api.web_server.body_reader import (
    BODY_GRACE_S,
    MAX_BODY_S,
    MIN_BODY_BYTES_PER_S,
    TimedReader,
)

RECEIVE_STEP_BYTES = 64 * 1024
# How long a thread waits for more of a body, and for all of it.
THREAD_PAUSE_S = 0.01
THREAD_S = 0.25
# A client that moves fewer bytes than this for so long has stalled: the first to go where there is
# no room for others. Half of the lowest rate.
STALLED_BYTES = 20_000
STALLED_S = 2.0


class Progress:
    """How fast bytes come or go.

    Attributes:
        moved_bytes: in all.
        since_s: when the last `STALLED_BYTES` had been moved, on the monotonic clock.
    """

    def __init__(self) -> None:
        self.started_s = self.since_s = time.monotonic()
        self.moved_bytes = 0
        self._marked_bytes = 0

    def move(self, byte_count: int) -> None:
        """So many more."""
        self.moved_bytes += byte_count
        if self.moved_bytes - self._marked_bytes >= STALLED_BYTES:
            self._marked_bytes = self.moved_bytes
            self.since_s = time.monotonic()

    def hold_up(self) -> None:
        """It is held up by something else than the client."""
        self.since_s = time.monotonic()

    def deadline_s(self, grace_s: float) -> float:
        """Until when it may go on, with what has been moved so far."""
        allowed_s = grace_s + self.moved_bytes / MIN_BODY_BYTES_PER_S
        return self.started_s + min(allowed_s, MAX_BODY_S)


class BodyReceiver:
    """Receives the body of one request; an `ArrivingBody`.

    Args:
        req: gunicorn's, whose head has been read.
        memory: in which the body has to have room.

    Attributes:
        began_at_s: when the head had been read, on the performance counter.
        was_awaited: whether its request begins anew.
        progress: of receiving.
    """

    def __init__(self, req: Any, memory: BodyMemory) -> None:
        reader = req.body.reader
        self._unreader: TimedReader = req.unreader
        self._end: BodyEnd = (
            ChunkedEnd() if isinstance(reader, ChunkedReader) else LengthEnd(reader.length)
        )
        self._memory = memory
        self._max_bytes: int | None = None
        self._failure: GatewayError | None = None
        self._has_left = False
        self.began_at_s = time.perf_counter()
        self.progress = Progress()
        self.was_awaited = False

    @property
    def is_over(self) -> bool:
        """Whether there is no more to wait for."""
        return self._end.is_there or self._has_left or self._failure is not None

    @property
    def is_whole(self) -> bool:
        """Whether the body was received to its end, and nothing of it still comes."""
        return self._end.is_there and self._failure is None

    @property
    def held_bytes(self) -> int:
        """How much memory it has taken."""
        return self.progress.moved_bytes

    def wait(self, max_bytes: int) -> None:
        """See `ArrivingBody`."""
        if self._max_bytes is None:
            self._max_bytes = max_bytes
            self._unreader.is_received = True
            # What came with the head has its place in memory already.
            self._add(self._unreader.take_buffered(), is_counted=False)
            self._unreader.go_on()
            self._receive_for_a_moment()
        if self._failure is not None:
            raise self._failure
        if not self.is_over:
            self.was_awaited = True
            raise BodyAwaited

    def room(self, byte_count: int) -> AbstractContextManager[None]:
        """See `ArrivingBody`."""
        return self._memory.room(byte_count)

    def _receive_for_a_moment(self) -> None:
        until_s = time.monotonic() + THREAD_S
        poll = select.poll()
        poll.register(self._unreader.sock, select.POLLIN)
        while not self.is_over and time.monotonic() < until_s:
            if not poll.poll(THREAD_PAUSE_S * 1000) or not self.receive():
                return

    def receive(self) -> bool:
        """Take what has arrived, without waiting; False where there is no room for more."""
        if not self._memory.take(RECEIVE_STEP_BYTES):
            return False
        data = None
        try:
            data = self._unreader.sock.recv(RECEIVE_STEP_BYTES, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            data = b""
        finally:
            self._memory.give_back(RECEIVE_STEP_BYTES - len(data or b""))
        if data:
            self._add(data, is_counted=True)
        else:
            self._has_left = True
        return True

    def _add(self, data: bytes, *, is_counted: bool) -> None:
        if not is_counted:
            self._memory.add(len(data))
        self.progress.move(len(data))
        self._unreader.arrived.add(data)
        self._end.feed(data)
        if self._max_bytes is not None and self._end.payload_bytes > self._max_bytes:
            self.give_up(
                RequestTooLarge(
                    f"the body has more than {self._max_bytes} bytes, and no more are accepted"
                )
            )
        elif self._end.overhead_is_too_large():
            self.give_up(
                BadBody(
                    "the body comes in chunks of a few bytes each; send it in larger ones, of 64 "
                    "bytes at least"
                )
            )

    def give_up(self, failure: GatewayError) -> None:
        """Let go of the body; its request is answered `failure`."""
        self._failure = failure
        self._let_go()

    def give_up_as_too_slow(self) -> None:
        """Let go of a body that takes too long."""
        self.give_up(BodyTooSlow("the body came too slowly; the connection is closed"))

    def deadline_s(self) -> float:
        """Until when more of the body is waited for."""
        return self.progress.deadline_s(BODY_GRACE_S)

    def close(self) -> None:
        """The request has been answered."""
        self._memory.give_back(self.progress.moved_bytes)
        self.progress.moved_bytes = 0

    def _let_go(self) -> None:
        self._unreader.arrived.take_all()
        self.close()
