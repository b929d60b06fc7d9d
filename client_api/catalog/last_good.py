"""What a version's files said before they broke: it counts until they are mended."""

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

KEPT = "what it said before still counts"
# Files of versions that were replaced long ago are forgotten, those looked at last stay.
MOST_FILES = 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """What was found in a file.

    Attributes:
        problem: why a file that is there is not used; without its path.
    """

    problem: str | None = field(default=None, kw_only=True)


Found = TypeVar("Found", bound=Published)


class LastGood(Generic[Found]):
    """Remembers what was read last without a problem, by file and version. Thread-safe.

    A file that is being written, or was mistyped, so takes nobody's labels away. One that broke
    before this process read it, or that has another graph beside it since, has nothing before.

    Args:
        nothing: what stands for a file that is not there.
    """

    def __init__(self, nothing: Found) -> None:
        self._nothing = nothing
        self._lock = threading.Lock()
        self._good: dict[tuple[str, ...], tuple[str, Found]] = {}
        self._told: dict[tuple[str, ...], str] = {}

    def instead_of(self, found: Found, key: tuple[str, ...], graph_stamp: str) -> Found:
        """What counts: `found`, or where that has a problem what was found last without one.

        Args:
            found: now.
            key: names the file, and the version that it is read for.
            graph_stamp: changes when the version is replaced; empty where that cannot be seen.
        """
        with self._lock:
            if found.problem is None:
                self._told.pop(key, None)
                if found == self._nothing:
                    self._good.pop(key, None)
                else:
                    self._good.pop(key, None)
                    self._good[key] = (graph_stamp, found)
                    if len(self._good) > MOST_FILES:
                        oldest = next(iter(self._good))
                        del self._good[oldest]
                        self._told.pop(oldest, None)
                return found
            stamp_then, good = self._good.get(key, ("", self._nothing))
            if not graph_stamp or stamp_then != graph_stamp:
                return found
            is_told = self._told.get(key) == found.problem
            self._told[key] = found.problem
        if not is_told:
            _log.warning("%s: %s; %s", ", ".join(key), found.problem, KEPT)
        return replace(good, problem=f"{found.problem}; {KEPT}")
