"""All cores for work on many files, with a progress bar for the person who waits."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.datasets.defects import DatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")

# A process takes 0.3 s to start, a small file a millisecond to read.
FEWEST_FOR_PROCESSES = 256
LARGEST_CHUNK = 64
# Of what takes long, so that progress is seen, and Ctrl-C heard, within a second.
LARGEST_HEAVY_CHUNK = 4
# Chunks on their way for each process: enough that none waits, few enough to hold in memory.
CHUNKS_AHEAD = 4


class Workers:
    """Runs a function over many items, in processes where there are many; a context manager.

    Args:
        processes: how many; None for one a core that this process may use.
        console: where progress is shown; None to show none.

    Example:
        >>> with Workers(processes=1) as workers:
        ...     list(workers.map(abs, [-1, 2], "counting"))
        [1, 2]
    """

    def __init__(self, processes: int | None = None, console: Console | None = None) -> None:
        self._processes = processes or len(os.sched_getaffinity(0))
        self._console = console
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        title: str,
        *,
        heavy: bool = False,
    ) -> Iterator[Result]:
        """The function's results in the order of `items`, as they come.

        Args:
            function: of a module, and it and its arguments can be pickled. What it raises is
                raised here.
            items: what it is called with, one after another.
            title: what the progress bar says is being done.
            heavy: an item takes long enough (10 ms and more) that a few are worth processes.

        Raises:
            DatasetError: a process was killed.
        """
        few = len(items) < (4 if heavy else FEWEST_FOR_PROCESSES)
        with self.progress(title, len(items)) as advance:
            if few or self._processes == 1:
                for item in items:
                    yield function(item)
                    advance(1)
                return
            largest = LARGEST_HEAVY_CHUNK if heavy else LARGEST_CHUNK
            for chunk in self._chunks(function, items, largest):
                yield from chunk
                advance(len(chunk))

    def _chunks(
        self, function: Callable[[Item], Result], items: Sequence[Item], largest: int
    ) -> Iterator[list[Result]]:
        if self._pool is None:
            # Not fork: the progress bar has a thread, and TensorFlow's may be running too.
            context = multiprocessing.get_context("forkserver")
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=context, initializer=_leave_interrupts_to_the_parent
            )
        size = min(largest, max(1, len(items) // (self._processes * CHUNKS_AHEAD)))
        chunks = (items[start : start + size] for start in range(0, len(items), size))
        run = partial(_run_chunk, function)
        waiting: list[Future[list[Result]]] = [
            self._pool.submit(run, chunk)
            for chunk in islice(chunks, self._processes * CHUNKS_AHEAD)
        ]
        while waiting:
            try:
                done = waiting.pop(0).result()
                waiting.extend(self._pool.submit(run, chunk) for chunk in islice(chunks, 1))
            except BrokenProcessPool as error:
                raise DatasetError(
                    "a worker process was killed, perhaps for lack of memory; fewer processes need "
                    "less"
                ) from error
            yield done

    @contextmanager
    def progress(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A progress bar for work that is not `map`'s; what it gives is called with how many more.

        Args:
            title: what is being done.
            total: how many there are; None where nobody knows.
        """
        if self._console is None:
            yield lambda _count: None
            return
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=total)
            yield lambda count: progress.advance(task, count)


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_chunk(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]
