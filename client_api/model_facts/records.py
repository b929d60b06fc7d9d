"""Facts of a version at a moment: what is said, what was found out, and what was seen."""

import logging
import threading
from collections import OrderedDict
from typing import Any, NamedTuple

from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersion
from client_api.model_facts.reload_detection import Generation, ReloadDetector
from client_api.model_facts.store import MAX_REMEMBERED, FactStore, ModelKey
from client_api.model_facts.warnings import SEEN, unread_outputs, warnings_of
from serving_protocol.detector_answer import facts_of_signature
from serving_protocol.model_facts import BadModelFacts, FactSource, ModelFacts

FOUND_OUT = ("box_unit", "box_order", "first_class", "input_size_hw", "image_form")

_log = logging.getLogger(__name__)


class FactSnapshot(NamedTuple):
    """What is known of a version at a moment.

    Attributes:
        key: whose facts they are.
        facts: said and found out.
        with_signature: and, where nobody says one, as the signature lets one suppose.
        generation: of the version, until it may have been reloaded.
    """

    key: ModelKey
    facts: ModelFacts
    with_signature: ModelFacts
    generation: Generation

    def is_open(self, name: str) -> bool:
        """Whether nobody but answers says the fact of that name."""
        return self.with_signature.source_of(name) in (FactSource.DEFAULT, FactSource.ANSWERS)


class Confirmations:
    """Which facts this process has seen confirmed since the last sign. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: OrderedDict[tuple[ModelKey, str], Generation] = OrderedDict()
        self._failures: OrderedDict[tuple[ModelKey, str], tuple[Generation, int]] = OrderedDict()
        self._doubtful: OrderedDict[tuple[ModelKey, str], None] = OrderedDict()

    def is_confirmed(self, snapshot: FactSnapshot, name: str) -> bool:
        """Whether an answer has confirmed the fact of that name in this generation."""
        with self._lock:
            return self._passed.get((snapshot.key, name)) == snapshot.generation

    def has_new_generation(self, snapshot: FactSnapshot, name: str) -> bool:
        """Whether this process saw it confirmed, and a sign that another model answers since."""
        with self._lock:
            return (
                self._passed.get((snapshot.key, name), snapshot.generation) != snapshot.generation
            )

    def confirm(self, snapshot: FactSnapshot, name: str) -> None:
        """An answer confirms it."""
        with self._lock:
            self._passed[(snapshot.key, name)] = snapshot.generation
            self._failures.pop((snapshot.key, name), None)
            while len(self._passed) > MAX_REMEMBERED:
                self._passed.popitem(last=False)

    def count_failure(self, snapshot: FactSnapshot, name: str) -> int:
        """Count that nothing could be told; returns how often in this generation."""
        with self._lock:
            last, count = self._failures.get((snapshot.key, name), (snapshot.generation, 0))
            count = count + 1 if last == snapshot.generation else 1
            self._failures[(snapshot.key, name)] = (snapshot.generation, count)
            while len(self._failures) > MAX_REMEMBERED:
                self._failures.popitem(last=False)
        return count

    def doubt(self, snapshot: FactSnapshot, name: str) -> None:
        """Something speaks against the fact: it has to be confirmed again."""
        with self._lock:
            self._passed.pop((snapshot.key, name), None)
            self._doubtful[(snapshot.key, name)] = None
            while len(self._doubtful) > MAX_REMEMBERED:
                self._doubtful.popitem(last=False)

    def is_in_doubt(self, snapshot: FactSnapshot, name: str) -> bool:
        """Whether it was doubted and is not settled."""
        with self._lock:
            return (snapshot.key, name) in self._doubtful

    def settle(self, snapshot: FactSnapshot, name: str) -> None:
        """It was looked at, whatever came of it."""
        with self._lock:
            self._doubtful.pop((snapshot.key, name), None)


class FactRecords:
    """Looks at facts, and writes down those that are found out. Thread-safe.

    Args:
        catalog: label maps, cards and what operators say.
        store: shares what is found out.
        reloads: tells when what was found out has to be looked at again.
    """

    def __init__(self, catalog: ModelCatalog, store: FactStore, reloads: ReloadDetector) -> None:
        self.catalog = catalog
        self.store = store
        self.confirmations = Confirmations()
        self._reloads = reloads
        self._lock = threading.Lock()
        # What was made of what last, which seldom changes.
        self._last: OrderedDict[ModelKey, tuple[FactSnapshot, dict[str, Any], ModelFacts]] = (
            OrderedDict()
        )

    def snapshot(self, version: ServedVersion) -> FactSnapshot:
        """What is known now."""
        published = self.catalog.facts(version.name, version.version)
        key = ModelKey(version.name, version.version, f"{version.digest} {published.stamp}")
        values = {name: self.store.get(key, name) for name in FOUND_OUT}
        with self._lock:
            last, last_values, last_said = self._last.get(key, (None, None, None))
        generation = self._reloads.generation(version, published)
        if last is not None and (last_values, last_said) == (values, published.facts):
            return last._replace(generation=generation)
        try:
            found_out = ModelFacts.from_json(values, FactSource.ANSWERS)
        except BadModelFacts:
            # Somebody else's file.
            found_out = ModelFacts()
        facts = published.facts.over(found_out)
        detector = version.detector
        with_signature = facts if detector is None else facts.over(facts_of_signature(detector))
        snapshot = FactSnapshot(key, facts, with_signature, generation)
        with self._lock:
            self._last[key] = (snapshot, values, published.facts)
            while len(self._last) > MAX_REMEMBERED:
                self._last.popitem(last=False)
        return snapshot

    def add(self, version: ServedVersion, key: ModelKey, name: str, value: object) -> bool:
        """Write down what nobody knew; returns whether that is new."""
        written = self.store.add(key, name, value)
        _log.info(
            "model %s, version %d: %s is %s, by its first answers",
            version.name, version.version, name, written,
        )  # fmt: skip
        return True

    def replace(
        self, version: ServedVersion, snapshot: FactSnapshot, name: str, value: object
    ) -> None:
        """Write down what was found out, in place of what was found out of another model."""
        known = self.store.get(snapshot.key, name)
        if known is not None and known != value:
            self.store.replace(snapshot.key, name, None)
            known = None
        if known is None and value is not None:
            self.add(version, snapshot.key, name, value)
        self.confirmations.confirm(snapshot, name)

    def add_warning(self, version: ServedVersion, key: ModelKey, name: str, value: object) -> None:
        """Write down what does not fit, and say it once in the log."""
        if self.store.get(key, name) is None:
            self.store.add(key, name, value)
            for text in self.warnings(version):
                _log.warning("model %s, version %d: %s", version.name, version.version, text)

    def warnings(self, version: ServedVersion) -> list[str]:
        """What in the version's answers does not fit what is said of it; empty for nothing."""
        snapshot = self.snapshot(version)
        seen = {name: self.store.get(snapshot.key, name) for name in SEEN}
        label_map = self.catalog.label_map(version.name, version.version).label_map
        return [
            *unread_outputs(() if version.detector is None else version.detector.unread),
            *warnings_of(version.name, seen, snapshot.with_signature, label_map),
        ]
