"""All that is known of a served version, as one value, made anew once it may be another.

It comes of what the model server told, of files beside the model, and of what the first answers
told. A version of which nothing is left to be found out is kept, and a request then costs a look at
the dates of those files, and at whether the model server may have been restarted.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from client_api.catalog.model_catalog import ModelCatalog, has_shifted_ids
from client_api.catalog.served_versions import ServedVersion, ServedVersionCache
from client_api.inference.string_forms import StringInputForms
from client_api.model_facts.store import FactStore
from client_api.model_facts.tracker import FactTracker
from detection.label_map import LabelMap
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import NORMALIZED_RANGE
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts
from serving_protocol.model_server import ModelChoice, ModelServer

# What was written so lately may be written again without another date: file systems count time in
# steps, of which FAT's are the longest.
DATES_TELL_S = 2.0
MAX_KEPT = 256
_LOOKED_FOR = ("box_unit", "box_order", "first_class")
_OPEN = (FactSource.DEFAULT, FactSource.ANSWERS)

# Of a file or a folder: date, change of its entry, size and place on the disk; None where there
# is none.
Stamp = tuple[int, int, int, int] | None


@dataclass(frozen=True)
class KnownVersion:
    """A detector that is served, and what is known of it at a moment.

    Attributes:
        served: which it is.
        signature: to ask, with the form of its strings as it is known.
        facts: what the numbers of its answers mean.
        label_map: the published one; None where there is none, or its ids are those of another.
        score_threshold: the lowest score answered where a caller names none.
        resizes_files: whether the graph is known to resize each file by itself.
        is_settled: whether nothing of this is left to be found out from answers: all is said, and
            boxes are normalized corners.
    """

    served: ServedVersion
    signature: DetectorSignature
    facts: ModelFacts
    label_map: LabelMap | None
    score_threshold: float
    resizes_files: bool
    is_settled: bool

    @property
    def class_count(self) -> int | None:
        """How many classes the model has, by its signature or its own label map; None if unknown.

        Of the two the larger: a label map may leave classes out, and a signature may count only
        what it was trained on.
        """
        mapped = None if self.label_map is None else self.label_map.max_id
        counts = [each for each in (self.signature.class_count, mapped) if each is not None]
        return max(counts, default=None)

    def explains(self, answers: Sequence[AnswerRows]) -> bool:
        """Whether there is nothing to learn of these answers, and nothing to warn of."""
        if not self.is_settled:
            return False
        lowest, highest = NORMALIZED_RANGE
        named = None if self.label_map is None else self.label_map.ids
        return all(
            not each.oddities
            and (named is None or named.issuperset(each.class_ids.tolist()))
            and each.boxes.min(initial=0.0) >= lowest
            and each.boxes.max(initial=0.0) <= highest
            for each in answers
        )


class _Moment(NamedTuple):
    """What shows that something may have changed since.

    Attributes:
        versions: changes of what the model server is known to serve.
        connections_lost: to it.
        found_out: changes of what answers told this process.
        stamps: of the files and folders that something is said in.
    """

    versions: int
    connections_lost: int
    found_out: int
    stamps: tuple[Stamp, ...]


class _Kept(NamedTuple):
    known: KnownVersion
    places: Sequence[Path]
    moment: _Moment


class KnownVersions:
    """Looks up what is known of versions, and keeps it while it cannot be another. Thread-safe.

    Args:
        server: whose connections are counted.
        versions: what each choice of a model means.
        catalog: label maps, cards and what operators say.
        store: what answers told, for all processes.
        facts: what is said, and what answers told.
        forms: of strings.
    """

    def __init__(
        self,
        server: ModelServer,
        versions: ServedVersionCache,
        catalog: ModelCatalog,
        store: FactStore,
        facts: FactTracker,
        forms: StringInputForms,
    ) -> None:
        self._server = server
        self._versions = versions
        self._catalog = catalog
        self._store = store
        self._facts = facts
        self._forms = forms
        self._lock = threading.Lock()
        self._kept: OrderedDict[ModelChoice, _Kept] = OrderedDict()

    def find(self, choice: ModelChoice, timeout_s: float) -> KnownVersion:
        """The version that `choice` means, which is a detector, and what is known of it now.

        Raises:
            ModelServerError: as `ServedVersionCache.find`.
            NotADetector: it is none.
        """
        kept = self._kept.get(choice)
        if kept is not None and self._moment(kept.places) == kept.moment:
            return kept.known
        # Before anything is looked at, so that what changes meanwhile is looked at again.
        before = self._moment(())
        served = self._versions.find(choice, timeout_s)
        places = self._catalog.places(served.name, served.version)
        if self._store.folder is not None:
            places.append(self._store.folder)
        moment = before._replace(stamps=self._moment(places).stamps)
        known = self.of(served)
        if known.is_settled and _dates_tell(moment.stamps):
            with self._lock:
                self._kept[choice] = _Kept(known, places, moment)
                self._kept.move_to_end(choice)
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
        return known

    def of(self, served: ServedVersion) -> KnownVersion:
        """What is known of a version now.

        Raises:
            NotADetector: it is no detector.
        """
        signature = self._forms.signature(served)
        facts = self._facts.of(served)
        published = self._catalog.label_map(served.name, served.version)
        card = self._catalog.card(served.name, served.version)
        problems = (
            published.problem,
            card.problem,
            self._catalog.facts(served.name, served.version).problem,
        )
        is_of_others = published.label_map is not None and has_shifted_ids(
            published.label_map, facts.first_class
        )
        return KnownVersion(
            served,
            signature,
            facts,
            None if is_of_others else published.label_map,
            self._catalog.score_threshold(served.name, served.version),
            card.card is not None and card.card.preprocessing is not None,
            is_settled=not is_of_others
            # What could not be read may be read the next time.
            and not any(problems)
            and all(facts.source_of(name) not in _OPEN for name in _LOOKED_FOR)
            and facts.box_unit is BoxUnit.NORMALIZED
            and facts.box_order in (BoxOrder.YXYX, BoxOrder.XYXY)
            and self._forms.is_known(served),
        )

    def _moment(self, places: Sequence[Path]) -> _Moment:
        return _Moment(
            self._versions.changes,
            self._server.connections_lost(),
            self._store.changes,
            tuple(map(_stamp, places)),
        )


def _stamp(place: Path) -> Stamp:
    try:
        found = os.stat(place)  # noqa: PTH116  # a dozen times for each request
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _dates_tell(stamps: Sequence[Stamp]) -> bool:
    """Whether whatever is changed from now on gets another date than these."""
    newest_s = max((each[1] for each in stamps if each is not None), default=0) / 1e9
    return newest_s < time.time() - DATES_TELL_S
