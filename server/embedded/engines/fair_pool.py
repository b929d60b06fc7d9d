"""Things that threads share by turns, in the order in which they asked."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairPool(Generic[Item]):
    """Lends each item to one thread at a time; who waits longest is next.

    The queues of the standard library wake whichever thread gets hold of their lock first. With
    eight callers and one item, some of them waited ten seconds while others were served at once.

    Args:
        items: what is lent; at least one.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._idle = list(items)
        self._waiting: deque[Future[Item]] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[Item]:
        """An item, for as long as the block lasts."""
        item = self._take()
        try:
            yield item
        finally:
            self._give_back(item)

    def _take(self) -> Item:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            turn: Future[Item] = Future()
            self._waiting.append(turn)
        return turn.result()

    def _give_back(self, item: Item) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set_result(item)
            else:
                self._idle.append(item)
