"""What is known of the order and unit of a version's boxes by asking it about other images.

It is asked while nobody says the order, once in each process and after each sign that another model
may answer; and once more where answers do not fit the unit that only answers told.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from client_api.catalog.served_versions import ServedVersion
from client_api.model_facts.records import FactRecords, FactSnapshot
from client_api.model_facts.store import MAX_REMEMBERED, ModelKey
from client_api.model_facts.warnings import (
    AGAINST,
    FAINT,
    PROBED,
    TIMED_OUT,
    UNCONFIRMED,
    UNTOLD,
)
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import LOWEST_SCORE
from serving_protocol.box_layout.probing import SURE
from serving_protocol.box_layout.scales import Layout
from serving_protocol.model_facts import BoxUnit, ModelFacts

# How often a model is asked in vain for the order of its boxes, until there is another sign.
MAX_PROBES = 3
# So many answers show how surely a model finds anything at all; where none is sure, what scores
# this share of the best has to tell.
FAINT_ANSWERS = 5
SHARE_OF_FAINT = 0.8
# At so many sizes of images a unit is asked for that several explain.
MOST_SIZES = 3
ORDER, UNIT, SIZE, LAYOUT = "box_order", "box_unit", "input_size_hw", "box_layout"


class BoxLayoutTracker:
    """Whether a version has to be asked, and what came of it. Thread-safe.

    Args:
        records: what is known, and where it is written down.
    """

    def __init__(self, records: FactRecords) -> None:
        self._records = records
        self._lock = threading.Lock()
        # Of each version whose answers were never sure: how many there were, and the best score.
        self._faint: OrderedDict[ModelKey, tuple[int, float]] = OrderedDict()
        # What does not fit, of which each was a reason to ask again.
        self._asked_for: OrderedDict[tuple[ModelKey, str], None] = OrderedDict()
        # Sizes of the images that told no unit.
        self._sizes_without_unit: OrderedDict[ModelKey, frozenset[tuple[int, int]]] = OrderedDict()

    def is_open(self, version: ServedVersion, sizes_wh: Iterable[tuple[int, int]] = ()) -> bool:
        """Whether the model has to be asked, where there are images of these sizes.

        It has while nobody says the order; of one that was found out before, once in each process,
        and after each sign that another model may answer. A model that did not answer in time once
        is asked by no process any more. Where the order was told and no unit, images of other sizes
        are asked about, a few times.
        """
        snapshot = self._records.snapshot(version)
        return self._is_open(snapshot) or self._is_unit_open(snapshot, sizes_wh)

    def _is_unit_open(self, snapshot: FactSnapshot, sizes_wh: Iterable[tuple[int, int]]) -> bool:
        store = self._records.store
        if (
            store.get(snapshot.key, TIMED_OUT)
            or not snapshot.is_open(UNIT)
            or store.get(snapshot.key, PROBED)
        ):
            return False
        with self._lock:
            before = self._sizes_without_unit.get(snapshot.key)
        return before is not None and len(before) < MOST_SIZES and not before.issuperset(sizes_wh)

    def unit_inconclusive(self, version: ServedVersion, size_wh: tuple[int, int]) -> None:
        """An image of that size left the unit open."""
        key = self._records.snapshot(version).key
        with self._lock:
            self._sizes_without_unit[key] = self._sizes_without_unit.get(key, frozenset()) | {
                size_wh
            }
            while len(self._sizes_without_unit) > MAX_REMEMBERED:
                self._sizes_without_unit.popitem(last=False)

    def _is_open(self, snapshot: FactSnapshot) -> bool:
        if self._records.store.get(snapshot.key, TIMED_OUT):
            return False
        if snapshot.is_open(ORDER):
            return not self._records.confirmations.is_confirmed(snapshot, ORDER)
        return snapshot.is_open(UNIT) and self._records.confirmations.is_in_doubt(snapshot, LAYOUT)

    def known(self, version: ServedVersion) -> tuple[ModelFacts, bool, bool]:
        """The facts that are known; whether the order is open, and the unit."""
        snapshot = self._records.snapshot(version)
        return snapshot.with_signature, snapshot.is_open(ORDER), snapshot.is_open(UNIT)

    def min_score(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> float:
        """From which score on a box tells, once these answers are counted.

        `SURE`, until a model has given several answers and none that was so sure.
        """
        snapshot = self._records.snapshot(version)
        best = max((float(each.scores.max(initial=0)) for each in answers), default=0.0)
        if best < LOWEST_SCORE and snapshot.key not in self._faint:
            return SURE
        with self._lock:
            count, before = self._faint.get(snapshot.key, (0, 0.0))
            count, best = count + (best >= LOWEST_SCORE), max(best, before)
            self._faint[snapshot.key] = count, best
            while len(self._faint) > MAX_REMEMBERED:
                self._faint.popitem(last=False)
        if best >= SURE:
            return SURE
        if snapshot.is_open(ORDER) and snapshot.facts.box_order is None:
            self._records.add_warning(version, snapshot.key, FAINT, True)
        return max(LOWEST_SCORE, SHARE_OF_FAINT * best) if count >= FAINT_ANSWERS else SURE

    def request_probe(self, version: ServedVersion, why: str) -> None:
        """Something does not fit: ask once more, if that was no reason before."""
        snapshot = self._records.snapshot(version)
        with self._lock:
            if (snapshot.key, why) in self._asked_for:
                return
            self._asked_for[(snapshot.key, why)] = None
            while len(self._asked_for) > MAX_REMEMBERED:
                self._asked_for.popitem(last=False)
        self._records.confirmations.doubt(snapshot, LAYOUT)
        self._records.confirmations.doubt(snapshot, ORDER)

    def record(self, version: ServedVersion, told: Layout, image: str) -> None:
        """Write down what the model is found to answer; against what is known, by two images.

        Args:
            version: of the model.
            told: how it answers, by one image.
            image: a digest of it.
        """
        snapshot = self._records.snapshot(version)
        if not self._is_agreed(snapshot, told, image):
            if self._is_over(snapshot):
                self._records.confirmations.confirm(snapshot, ORDER)
            self._warn_of_doubt(version, snapshot)
            return
        if snapshot.is_open(ORDER):
            self._records.replace(version, snapshot, ORDER, told.order.value)
        if told.unit is not None and snapshot.is_open(UNIT):
            self._records.replace(version, snapshot, UNIT, told.unit.value)
            if told.unit is BoxUnit.INPUT_PIXELS and told.input_size_hw is not None:
                self._records.replace(version, snapshot, SIZE, list(told.input_size_hw))
            self._records.replace(version, snapshot, PROBED, told.unit.value)
        for name in (UNTOLD, FAINT, UNCONFIRMED):
            if self._records.store.get(snapshot.key, name) is not None:
                self._records.store.replace(snapshot.key, name, None)
        self._records.confirmations.settle(snapshot, LAYOUT)

    def _is_agreed(self, snapshot: FactSnapshot, told: Layout, image: str) -> bool:
        """Whether nothing else is known, or another image, in any process, said the same."""
        store = self._records.store
        order, unit, size = (store.get(snapshot.key, name) for name in (ORDER, UNIT, SIZE))
        if store.get(snapshot.key, PROBED) is None:
            # Nobody asked for it: it is what answers looked like.
            unit = None
        new_size = None if told.input_size_hw is None else list(told.input_size_hw)
        new_unit = None if told.unit is None else told.unit.value
        is_other_order = snapshot.is_open(ORDER) and order not in (None, told.order.value)
        is_other_unit = (
            snapshot.is_open(UNIT)
            and None not in (unit, new_unit)
            and (unit != new_unit or (new_size is not None and size != new_size))
        )
        witness = store.get(snapshot.key, AGAINST)
        # After a sign one image is enough: no caller can give one.
        was_replaced = self._records.confirmations.has_new_generation(snapshot, ORDER)
        if was_replaced or not (is_other_order or is_other_unit):
            if witness is not None:
                store.replace(snapshot.key, AGAINST, None)
            return True
        says = [told.order.value, new_unit, new_size]
        if isinstance(witness, list) and witness[1:] == says and witness[0] != image:
            store.replace(snapshot.key, AGAINST, None)
            return True
        store.replace(snapshot.key, AGAINST, [image, *says])
        return False

    def is_dissenting_image(self, version: ServedVersion, image: str) -> bool:
        """Whether it is this image that told something else: once more, it would tell no more."""
        snapshot = self._records.snapshot(version)
        if self._records.confirmations.has_new_generation(snapshot, ORDER):
            return False
        witness = self._records.store.get(snapshot.key, AGAINST)
        return isinstance(witness, list) and witness[:1] == [image]

    def probe_inconclusive(self, version: ServedVersion) -> None:
        """The probe told nothing, was refused, or would have taken too long.

        After `MAX_PROBES` the model is left alone. What was found out of it before stays, with a
        warning that it is unconfirmed: images that tell nothing contradict nothing.
        """
        snapshot = self._records.snapshot(version)
        if self._is_over(snapshot):
            self._records.confirmations.confirm(snapshot, ORDER)
            self._warn_of_doubt(version, snapshot)

    def probe_timed_out(self, version: ServedVersion) -> None:
        """It did not answer in time, and may go on with it: no process asks again."""
        snapshot = self._records.snapshot(version)
        self._records.store.add(snapshot.key, TIMED_OUT, True)
        self._records.confirmations.confirm(snapshot, ORDER)
        self._records.confirmations.settle(snapshot, LAYOUT)
        self._warn_of_doubt(version, snapshot)

    def _is_over(self, snapshot: FactSnapshot) -> bool:
        self._records.confirmations.settle(snapshot, LAYOUT)
        return self._records.confirmations.count_failure(snapshot, ORDER) >= MAX_PROBES

    def _warn_of_doubt(self, version: ServedVersion, snapshot: FactSnapshot) -> None:
        if snapshot.is_open(ORDER):
            known = self._records.store.get(snapshot.key, ORDER) is not None
            self._records.add_warning(version, snapshot.key, UNCONFIRMED if known else UNTOLD, True)
