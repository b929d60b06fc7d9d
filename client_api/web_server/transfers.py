"""Bodies that come and answers that go, without a thread, in a worker's poller.

All of them share the worker's memory for bodies. Where there is no room for more, clients that have
stalled give theirs up; where none has, who needs more is refused.
"""

import selectors
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from client_api.errors import TooBusy
from client_api.limits.body_memory import FULL, BodyMemory
from client_api.web_server.body_receiver import RECEIVE_STEP_BYTES, STALLED_S, Progress
from client_api.web_server.connection import SEND_GRACE_S, Connection

# How often all of them are looked through.
CHECK_S = 0.25
# How long a worker that stops waits for bodies, and for answers to be taken in.
STOPPING_TRANSFER_S = 5.0


class Transfers:
    """The connections of a worker that receive or send.

    Args:
        poller: of the worker.
        memory: in which all bodies and answers have room.
        answer: is called with a connection whose body is there, or given up.
        go_on: is called with a connection whose answer has been taken in.
        drop: is called with a connection that is to be closed.
    """

    def __init__(
        self,
        poller: selectors.BaseSelector,
        memory: BodyMemory,
        answer: Callable[[Connection], None],
        go_on: Callable[[Connection, Any], None],
        drop: Callable[[Connection], None],
    ) -> None:
        self._poller = poller
        self._memory = memory
        self._answer, self._go_on, self._drop = answer, go_on, drop
        self._receiving: dict[Connection, None] = {}
        self._sending: dict[Connection, None] = {}
        self._checked_at_s = 0.0
        self._stop_at_s: float | None = None

    def receive(self, conn: Connection) -> None:
        """Receive the rest of a body."""
        self._receiving[conn] = None
        conn.sock.setblocking(False)
        self._poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))

    def send(self, conn: Connection, fs: Any) -> None:
        """Send the rest of an answer.

        Args:
            conn: the client's.
            fs: is handed to `go_on` with it.
        """
        conn.sending = Progress()
        self._memory.add(conn.sock.unsent_bytes)
        self._sending[conn] = None
        conn.sock.setblocking(False)
        self._poller.register(
            conn.sock, selectors.EVENT_WRITE, partial(self._on_writable, conn, fs)
        )
        self._make_room(0)

    def _on_readable(self, conn: Connection, client: Any) -> None:
        del client
        if conn not in self._receiving:
            # Cut for the room that another one needed, of those that the poller found together.
            return
        receiver = conn.receiver
        if receiver is not None and not receiver.receive():
            receiver.progress.hold_up()
            if not self._make_room(RECEIVE_STEP_BYTES):
                receiver.give_up(TooBusy(FULL))
        # The one that has stalled for longest may be itself.
        if conn in self._receiving and (receiver is None or receiver.is_over):
            self._end_receiving(conn)

    def _end_receiving(self, conn: Connection) -> None:
        del self._receiving[conn]
        self._poller.unregister(conn.sock)
        self._answer(conn)

    def _on_writable(self, conn: Connection, fs: Any, client: Any) -> None:
        del client
        if conn not in self._sending:
            return
        before = conn.sock.unsent_bytes
        try:
            conn.sock.flush()
        except OSError:
            # What was sent before it failed is not unsent any more.
            self._memory.give_back(before - conn.sock.unsent_bytes)
            self._end_sending(conn)
            self._drop(conn)
            return
        sent = before - conn.sock.unsent_bytes
        self._memory.give_back(sent)
        if conn.sending is not None:
            conn.sending.move(sent)
        if not conn.sock.unsent_bytes:
            self._end_sending(conn)
            self._go_on(conn, fs)

    def _end_sending(self, conn: Connection) -> None:
        del self._sending[conn]
        conn.sending = None
        self._memory.give_back(conn.sock.unsent_bytes)
        conn.sock.forget_unsent()
        self._poller.unregister(conn.sock)

    def _make_room(self, byte_count: int) -> bool:
        """Whether there is room, with that of clients that have stalled where they have to go."""
        latest_s = time.monotonic() - STALLED_S
        while self._memory.taken_bytes + byte_count > self._memory.max_bytes:
            holding = [each for each in (*self._receiving, *self._sending) if each.held_bytes]
            slowest = min(holding, key=lambda each: each.stalled_since_s, default=None)
            if slowest is None or slowest.stalled_since_s > latest_s:
                return False
            self._cut(slowest)
        return True

    def _cut(self, conn: Connection) -> None:
        """End a transfer that takes too long."""
        if conn in self._sending:
            self._end_sending(conn)
            self._drop(conn)
        elif conn.receiver is not None:
            conn.receiver.give_up_as_too_slow()
            self._end_receiving(conn)

    def check(self, is_stopping: bool) -> None:
        """End what takes too long; call it often."""
        now_s = time.monotonic()
        if now_s < self._checked_at_s + CHECK_S:
            return
        self._checked_at_s = now_s
        if is_stopping and self._stop_at_s is None:
            self._stop_at_s = now_s + STOPPING_TRANSFER_S
        if wanted := self._memory.wanted_bytes:
            # A thread waits for it, which cannot cut anybody.
            self._make_room(wanted)
        is_time = self._stop_at_s is not None and now_s > self._stop_at_s
        for conn in [*self._receiving, *self._sending]:
            if is_time or now_s > self._deadline_s(conn):
                self._cut(conn)

    def _deadline_s(self, conn: Connection) -> float:
        if conn.sending is not None:
            return conn.sending.deadline_s(SEND_GRACE_S)
        return 0.0 if conn.receiver is None else conn.receiver.deadline_s()
