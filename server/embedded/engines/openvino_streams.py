"""A program compiled twice: for one caller who waits, and for several at once.

Alone, a request is answered soonest by all threads together. As soon as there are two, a thread for
each computes more in the same time: nobody waits for another thread's share.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from server.embedded.engines.engine import Array
from server.embedded.engines.openvino_conversion import Unconvertible
from server.embedded.engines.openvino_program import KEPT_BYTES, Program
from server.embedded.errors import ModelLoadError

# So long after two requests ran at once, the next are expected to.
CROWDED_S = 0.25
# More streams than these take memory for tensors, and share the processor's caches.
MAX_STREAMS = 8
# Either compilation holds the weights, in its own layout.
MAX_WEIGHTS_BYTES = 64 * 1024 * 1024

Build = Callable[[Mapping[str, Any]], Program]
log = logging.getLogger(__name__)


class StreamedProgram:
    """Runs each request on all threads, or on one where others run at the same time.

    What runs several at once is compiled when two requests first do, in the background.

    Args:
        single: compiled for one request at a time.
        build: compiles the same anew, by OpenVINO's properties.
        settings: those of `single`; what says how many streams there are is kept to.
    """

    def __init__(self, single: Program, build: Build, settings: Mapping[str, Any]) -> None:
        self._single = single
        self._build = build
        self._settings = dict(settings)
        self._many: Program | None = None
        self._is_wanted = (
            "NUM_STREAMS" not in settings
            and single.threads > 1
            and single.weights_bytes <= MAX_WEIGHTS_BYTES
        )
        self._load = _Load()
        self._lock = threading.Lock()
        self._builder: threading.Thread | None = None

    def accepts(self, inputs: Mapping[str, Array]) -> bool:
        """Whether it was compiled for inputs of these shapes."""
        return self._single.accepts(inputs)

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """See `Program.run`."""
        with self._load.one_more() as is_crowded:
            is_for_many = is_crowded and self._is_wanted and _is_small(inputs)
            if is_for_many:
                self._begin_to_build()
            program = self._many if is_for_many and self._many is not None else self._single
            return program.run(inputs, outputs)

    def wait(self) -> None:
        """Return once nothing is compiled in the background any more."""
        if self._builder is not None:
            self._builder.join()

    def _begin_to_build(self) -> None:
        with self._lock:
            if self._builder is None:
                # A thread that is waited for at the end: one that compiles must not be cut off.
                self._builder = threading.Thread(
                    target=self._build_many, name="openvino-streams", daemon=False
                )
                self._builder.start()

    def _build_many(self) -> None:
        threads = self._single.threads
        more = {
            "NUM_STREAMS": min(threads, MAX_STREAMS),
            "INFERENCE_NUM_THREADS": threads,
        }
        try:
            self._many = self._build(self._settings | more)
        except (Unconvertible, ModelLoadError, RuntimeError, MemoryError) as error:
            log.warning("requests go on one at a time: %s", error)


def _is_small(inputs: Mapping[str, Array]) -> bool:
    """Whether a program gives back what they take: each stream keeps the last of what it computed.

    The program for one at a time is made to let go of that by another inference; which stream
    takes one nobody can say.
    """
    return sum(array.nbytes for array in inputs.values()) <= KEPT_BYTES


class _Load:
    """Tells whether requests run at the same time, or did a moment ago. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._crowded_until_s = 0.0

    @contextmanager
    def one_more(self) -> Iterator[bool]:
        """Count a request as long as the block lasts; whether others run, or are expected to."""
        with self._lock:
            self._running += 1
            now_s = time.monotonic()
            if self._running > 1:
                self._crowded_until_s = now_s + CROWDED_S
            is_crowded = now_s < self._crowded_until_s
        try:
            yield is_crowded
        finally:
            with self._lock:
                self._running -= 1
