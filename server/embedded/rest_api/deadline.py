"""Runs requests with a deadline."""

import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

import grpc

from server.embedded.errors import ServingError

Answer = TypeVar("Answer")


class Deadline:
    """Runs requests on a fixed number of threads and waits for each no longer than `timeout_s`.

    A model cannot be interrupted, so one that takes longer keeps its thread; requests that wait
    for a thread meanwhile are dropped when their own time is over.

    Args:
        timeout_s: None waits for ever.
        threads: as many as requests are taken at the same time.
    """

    def __init__(self, timeout_s: float | None, threads: int) -> None:
        self._timeout_s = timeout_s
        self._threads = (
            None
            if timeout_s is None
            else concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="rest-predict")
        )

    def run(self, work: Callable[[], Answer], given_up: threading.Event | None = None) -> Answer:
        """What `work` returns or raises.

        Args:
            work: runs in another thread where there is a deadline.
            given_up: is set when nobody waits for it any more.

        Raises:
            ServingError: DEADLINE_EXCEEDED.
        """
        if self._threads is None:
            return work()
        future = self._threads.submit(work)
        try:
            return future.result(self._timeout_s)
        except concurrent.futures.TimeoutError:
            if future.done():
                # At the last moment; or `work` itself raised such an error.
                return future.result()
            future.cancel()
            if given_up is not None:
                given_up.set()
            raise ServingError(
                grpc.StatusCode.DEADLINE_EXCEEDED,
                f"Timed out waiting for the model: {self._timeout_s:g} s",
            ) from None
