"""What is known of each model's answers, and finding out what is not, once for all."""

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence

from client_api.catalog.model_catalog import ModelCatalog
from client_api.catalog.served_versions import ServedVersion
from client_api.model_facts.layout import BoxLayoutTracker
from client_api.model_facts.records import FactRecords, FactSnapshot
from client_api.model_facts.reload_detection import ReloadDetector
from client_api.model_facts.store import MAX_REMEMBERED, FactStore, ModelKey
from client_api.model_facts.warnings import (
    BEYOND,
    CONTRADICTING,
    CROWDED,
    PROBED,
    STRAY,
    TURNED,
    UNNAMED,
    leaving_image,
)
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.box_layout.evidence import (
    cannot_be,
    crowd_together,
    inferred_unit,
    leave_image,
    lie_beyond,
    lie_inside_if_x_is_first,
)
from serving_protocol.box_layout.geometry import counts_pixels, normalized_yxyx
from serving_protocol.box_layout.probing import may_tell
from serving_protocol.detector_answer import facts_of_answers
from serving_protocol.image_input import ImageForm
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts

# How sure a model is of what it must not find: a class that has no name, or that is the first.
SURE = 0.5
# So long it is not looked again whether a label map names the same classes.
NAMES_HOLD_S = 5.0
# So many classes without a name are written down.
MOST_NOTED = 100
# So many answers in a row that cannot be in a unit which only answers told make it another one.
ANSWERS_AGAINST = 5
# So many answers in a row whose boxes all lie in a corner of their images are told.
ANSWERS_IN_A_CORNER = 10

_log = logging.getLogger(__name__)


class FactTracker:
    """Facts by version: what operators and cards say, and what the first answers told.

    Args:
        catalog: label maps, cards and what operators say.
        store: shares what is found out.
        reloads: tells when what was found out has to be looked at again.
    """

    def __init__(self, catalog: ModelCatalog, store: FactStore, reloads: ReloadDetector) -> None:
        self._records = FactRecords(catalog, store, reloads)
        self.layouts = BoxLayoutTracker(self._records)
        self._lock = threading.Lock()
        self._against: Counter[ModelKey] = Counter()
        self._in_a_corner: Counter[ModelKey] = Counter()
        # Classes that were found to have names, and until when that holds.
        self._named: OrderedDict[ModelKey, tuple[frozenset[int], float]] = OrderedDict()

    def of(self, version: ServedVersion) -> ModelFacts:
        """What is known now; what nobody says is open."""
        return self._records.snapshot(version).with_signature

    def learn(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> ModelFacts:
        """What is known once these answers of the version are taken into account.

        What is known already is not changed by them; where they contradict it, `warnings` tells.
        """
        snapshot = self._records.snapshot(version)
        known, is_new = snapshot.facts, False
        if known.box_unit is None:
            told = facts_of_answers(answers).box_unit
            if told is not None:
                is_new = self._records.add(version, snapshot.key, "box_unit", told.value)
                self._records.confirmations.confirm(snapshot, "box_unit")
        else:
            is_new = self._compare(version, snapshot, known.box_unit, answers)
        surely = frozenset(
            int(each) for answer in answers for each in answer.class_ids[answer.scores >= SURE]
        )
        is_new |= self._look_for_first_class(version, snapshot, surely)
        self._look_for_names(version, snapshot.key, surely)
        for oddity in frozenset[str]().union(*(answer.oddities for answer in answers)):
            self._records.add_warning(version, snapshot.key, oddity, True)
        return self.of(version) if is_new else snapshot.with_signature

    def notice(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> None:
        """Have the model asked again in which unit its boxes are, where they leave their images."""
        if self._leaving_images(self.of(version), answers):
            self.layouts.request_probe(version, STRAY)

    def boxes_outside(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> list[int]:
        """Which of these answers have boxes far outside of their image; it is written down too."""
        snapshot = self._records.snapshot(version)
        facts = snapshot.with_signature
        leaving = self._leaving_images(facts, answers)
        if leaving:
            self._records.add_warning(
                version, snapshot.key, BEYOND if counts_pixels(facts) else STRAY, True
            )
        return leaving

    def warning_of_boxes_outside(self, version: ServedVersion, images: Sequence[int]) -> str:
        """What a caller is told whose boxes leave these images, by their places."""
        return leaving_image(self.of(version), images)

    @staticmethod
    def _leaving_images(facts: ModelFacts, answers: Sequence[AnswerRows]) -> list[int]:
        try:
            return [
                place
                for place, each in enumerate(answers)
                if leave_image(each, normalized_yxyx(each, facts))
            ]
        except NotADetection:
            # The answer is refused for it.
            return []

    def is_form_sure(self, version: ServedVersion) -> bool:
        """Whether no other form of strings has to be tried; one that was found out before may."""
        snapshot = self._records.snapshot(version)
        if snapshot.facts.source_of("image_form") is FactSource.ANSWERS:
            return self._records.confirmations.is_confirmed(snapshot, "image_form")
        return snapshot.facts.image_form is not None

    def takes(self, version: ServedVersion, form: ImageForm) -> None:
        """Write down that an input of strings takes `form`."""
        self._records.replace(version, self._records.snapshot(version), "image_form", form.value)

    def warnings(self, version: ServedVersion) -> list[str]:
        """What in the version's answers does not fit what is said of it; empty for nothing."""
        return self._records.warnings(version)

    def _compare(
        self,
        version: ServedVersion,
        snapshot: FactSnapshot,
        unit: BoxUnit,
        answers: Sequence[AnswerRows],
    ) -> bool:
        """Look whether answers are in the unit that is known; returns whether that is another now.

        See `_doubt` for a unit that only answers told.
        """
        is_found_out = snapshot.facts.source_of("box_unit") is FactSource.ANSWERS
        if is_found_out and self._doubt(version, snapshot, unit, answers):
            return True
        told = inferred_unit(answers)
        if told is not None and (told is BoxUnit.NORMALIZED) is not (unit is BoxUnit.NORMALIZED):
            self._records.add_warning(version, snapshot.key, CONTRADICTING, told.value)
            self.layouts.request_probe(version, CONTRADICTING)
        elif told is not None:
            self._records.confirmations.confirm(snapshot, "box_unit")
        if unit is BoxUnit.PIXELS:
            is_yxyx = snapshot.facts.box_order in (None, BoxOrder.YXYX)
            if is_yxyx and lie_inside_if_x_is_first(answers):
                self._records.add_warning(version, snapshot.key, TURNED, True)
            elif lie_beyond(answers):
                self._records.add_warning(version, snapshot.key, BEYOND, True)
                self.layouts.request_probe(version, BEYOND)
            elif is_found_out:
                self._look_for_crowds(version, snapshot, answers)
        return False

    def _look_for_crowds(
        self, version: ServedVersion, snapshot: FactSnapshot, answers: Sequence[AnswerRows]
    ) -> None:
        """Note when no box of many answers leaves a corner of its image, unless asking told."""
        in_a_corner = crowd_together(answers)
        if in_a_corner is None or self._records.store.get(snapshot.key, PROBED) is not None:
            return
        with self._lock:
            self._in_a_corner[snapshot.key] = (
                self._in_a_corner[snapshot.key] + 1 if in_a_corner else 0
            )
            is_told = self._in_a_corner[snapshot.key] >= ANSWERS_IN_A_CORNER
        if is_told:
            self._records.add_warning(version, snapshot.key, CROWDED, True)
            self.layouts.request_probe(version, CROWDED)

    def _doubt(
        self,
        version: ServedVersion,
        snapshot: FactSnapshot,
        unit: BoxUnit,
        answers: Sequence[AnswerRows],
    ) -> bool:
        """Take another unit once several answers in a row cannot be in the one that was told.

        Then another model has taken the version's number, unseen. Where there was a sign of that,
        one answer is enough. Returns whether the unit is another now.
        """
        key, impossible = snapshot.key, cannot_be(answers, unit)
        with self._lock:
            self._against[key] = self._against[key] + 1 if impossible else 0
            count = self._against[key]
        if not impossible:
            return False
        is_over = count >= ANSWERS_AGAINST or (
            any(map(may_tell, answers))
            and not self._records.confirmations.is_confirmed(snapshot, "box_unit")
        )
        if self._records.store.get(key, "box_unit") != unit.value:
            # Another worker has seen it before.
            is_over = True
        elif is_over:
            is_normalized = unit is BoxUnit.NORMALIZED
            other = BoxUnit.PIXELS if is_normalized else BoxUnit.NORMALIZED
            self._records.store.replace(key, "box_unit", other.value)
            _log.warning(
                "model %s, version %d: its boxes are in %s now, not in %s, as if it were another "
                "model",
                version.name, version.version, other.value, unit.value,
            )  # fmt: skip
        if is_over:
            self._records.store.replace(key, CONTRADICTING, None)
            with self._lock:
                del self._against[key]
        return is_over

    def _look_for_first_class(
        self, version: ServedVersion, snapshot: FactSnapshot, surely: frozenset[int]
    ) -> bool:
        """Look whether classes count from 0; returns whether that is another fact now.

        What was found out before is open again once a model that may be another answers classes,
        and none of them is 0.
        """
        if not snapshot.is_open("first_class") or not surely:
            return False
        before = snapshot.facts.first_class
        if 0 in surely:
            self._records.replace(version, snapshot, "first_class", 0)
            return before is None
        if before is None or self._records.confirmations.is_confirmed(snapshot, "first_class"):
            return False
        self._records.replace(version, snapshot, "first_class", None)
        return True

    def _look_for_names(
        self, version: ServedVersion, key: ModelKey, surely: frozenset[int]
    ) -> None:
        now_s = time.monotonic()
        with self._lock:
            named, until_s = self._named.get(key, (frozenset(), 0.0))
        if surely <= named and now_s < until_s:
            return
        label_map = self._records.catalog.label_map(version.name, version.version).label_map
        unnamed = [] if label_map is None else [n for n in surely if label_map.label(n) is None]
        with self._lock:
            self._named[key] = (surely.difference(unnamed), now_s + NAMES_HOLD_S)
            while len(self._named) > MAX_REMEMBERED:
                self._named.popitem(last=False)
        if unnamed:
            self._records.add_warning(version, key, UNNAMED, sorted(unnamed)[:MOST_NOTED])
