"""Whether another model may answer by now under a version's number.

A model server loads a version once. Files that take the place of others under the same number are
served after a restart, or once the version went and came back; no server says so. The signs are
what a gateway sees of that: another folder, a connection that was lost, a version that was not
found. After one, what was found out of the version is looked at again with the next answers.
"""

import threading
from collections import OrderedDict
from typing import NamedTuple

from client_api.catalog.model_catalog import PublishedFacts
from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.model_facts.store import MAX_REMEMBERED, ModelKey
from serving_protocol.model_server import ModelServer


class Generation(NamedTuple):
    """What was seen of a version until now; another value for each further sign.

    Attributes:
        folder: of the version: changes when it is replaced, or renamed.
        connections_lost: to the model server.
        times_gone: how often the version, or every version, was not found.
    """

    folder: str
    connections_lost: int
    times_gone: int


class ReloadDetector:
    """Sees the signs.

    Args:
        server: whose connections are counted.
        served: counts which versions were not found.
    """

    def __init__(self, server: ModelServer, served: ServedVersionCache) -> None:
        self._server = server
        self._served = served

    def generation(self, version: ServedVersion, published: PublishedFacts) -> Generation:
        """What was seen of a version until now."""
        return Generation(
            published.folder_stamp,
            self._server.connections_lost(),
            self._served.times_gone(version.name, version.version),
        )


class Confirmations:
    """Which facts this process has seen confirmed since the last sign. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: OrderedDict[tuple[ModelKey, str], Generation] = OrderedDict()
        self._failures: OrderedDict[tuple[ModelKey, str], tuple[Generation, int]] = OrderedDict()
        self._doubtful: OrderedDict[tuple[ModelKey, str], None] = OrderedDict()

    def is_confirmed(self, key: ModelKey, name: str, generation: Generation) -> bool:
        """Whether an answer has confirmed the fact of that name in this `generation`."""
        with self._lock:
            return self._passed.get((key, name)) == generation

    def has_new_generation(self, key: ModelKey, name: str, generation: Generation) -> bool:
        """Whether this process saw it confirmed, and a sign that another model answers since."""
        with self._lock:
            return self._passed.get((key, name), generation) != generation

    def confirm(self, key: ModelKey, name: str, generation: Generation) -> None:
        """An answer confirms it."""
        with self._lock:
            self._passed[(key, name)] = generation
            self._failures.pop((key, name), None)
            while len(self._passed) > MAX_REMEMBERED:
                self._passed.popitem(last=False)

    def count_failure(self, key: ModelKey, name: str, generation: Generation) -> int:
        """Count that nothing could be told; returns how often in this `generation`."""
        with self._lock:
            last, count = self._failures.get((key, name), (generation, 0))
            count = count + 1 if last == generation else 1
            self._failures[(key, name)] = (generation, count)
            while len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)
        return count

    def doubt(self, key: ModelKey, name: str) -> None:
        """Something speaks against the fact: it has to be confirmed again."""
        with self._lock:
            self._passed.pop((key, name), None)
            self._doubtful[(key, name)] = None
            while len(self._doubtful) > MAX_REMEMBERED:
                self._doubtful.popitem(last=False)

    def is_in_doubt(self, key: ModelKey, name: str) -> bool:
        """Whether it was doubted and is not settled."""
        with self._lock:
            return (key, name) in self._doubtful

    def settle(self, key: ModelKey, name: str) -> None:
        """It was looked at, whatever came of it."""
        with self._lock:
            self._doubtful.pop((key, name), None)
