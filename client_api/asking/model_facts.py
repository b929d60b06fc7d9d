"""What is known of each model's answers, and finding out what is not, once for all."""

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

from client_api.asking.fact_store import MAX_REMEMBERED, FactStore, ModelKey
from client_api.asking.fact_warnings import (
    BEYOND,
    CONTRADICTING,
    SEEN,
    TURNED,
    UNNAMED,
    UNTOLD,
    unread_outputs,
    warnings_of,
)
from client_api.asking.published import PublishedModels
from client_api.asking.reload_signs import Checks, ReloadSigns, Signs
from client_api.asking.served_models import ServedVersion
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_evidence import (
    cannot_be,
    lie_beyond,
    lie_inside_if_x_is_first,
    told_unit,
)
from serving_protocol.box_probing import may_tell
from serving_protocol.detector_answer import facts_of_answers, facts_of_signature
from serving_protocol.image_input import PictureForm
from serving_protocol.model_facts import BadModelFacts, BoxOrder, BoxUnit, FactSource, ModelFacts

# How sure a model is of what it must not find: a class that has no name, or that is the first.
SURE = 0.5
FOUND_OUT = ("box_unit", "box_order", "first_class", "image_form")
# So long it is not looked again whether a label map names the same classes.
NAMES_HOLD_S = 5.0
# So many classes without a name are written down.
MOST_NOTED = 100
# So many answers in a row that cannot be in a unit which only answers told make it another one.
ANSWERS_AGAINST = 5
# How often a model is asked in vain for the order of its boxes, until there is another sign.
MOST_PROBED = 3

_log = logging.getLogger(__name__)


class ModelFactsBook:
    """Facts by version: what operators and cards say, and what the first answers told.

    Args:
        published: label maps, cards and what operators say.
        store: shares what is found out.
        signs: tells when what was found out has to be looked at again.
    """

    def __init__(self, published: PublishedModels, store: FactStore, signs: ReloadSigns) -> None:
        self._published = published
        self._store = store
        self._signs = signs
        self._checks = Checks()
        self._lock = threading.Lock()
        self._against: Counter[ModelKey] = Counter()
        # Classes that were found to have names, and until when that holds.
        self._named: OrderedDict[ModelKey, tuple[frozenset[int], float]] = OrderedDict()
        # What was made of what last, which seldom changes.
        self._last: OrderedDict[ModelKey, tuple[_Look, dict[str, Any], ModelFacts]] = OrderedDict()

    def of(self, version: ServedVersion) -> ModelFacts:
        """What is known now; what nobody says is open."""
        return self._look(version).with_signature

    def resizes_files(self, version: ServedVersion) -> bool:
        """Whether the graph is known to resize each file by itself, so that any go together."""
        card = self._published.card(version.name, version.version).card
        return card is not None and card.preprocessing is not None

    def learn(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> ModelFacts:
        """What is known once these answers of the version are taken into account.

        What is known already is not changed by them; where they contradict it, `warnings` tells.
        """
        look = self._look(version)
        known, is_new = look.facts, False
        if known.box_unit is None:
            told = facts_of_answers(answers).box_unit
            if told is not None:
                is_new = self._add(version, look.key, "box_unit", told.value)
                self._checks.passed(look.key, "box_unit", look.signs)
        else:
            is_new = self._compare(version, look, known.box_unit, answers)
        surely = frozenset(
            int(each) for answer in answers for each in answer.class_ids[answer.scores >= SURE]
        )
        if known.first_class is None and 0 in surely:
            is_new = self._add(version, look.key, "first_class", 0)
        self._look_for_names(version, look.key, surely)
        for oddity in frozenset[str]().union(*(answer.oddities for answer in answers)):
            self._see(version, look.key, oddity, True)
        return self.of(version) if is_new else look.with_signature

    def order_is_open(self, version: ServedVersion) -> bool:
        """Whether the model has to be asked for the order of its boxes.

        It has while nobody says it; of one that was found out before, once in each process, and
        after each sign that another model may answer.
        """
        look = self._look(version)
        if look.with_signature.source_of("box_order") not in (
            FactSource.DEFAULT, FactSource.ANSWERS,
        ):  # fmt: skip
            return False
        return not self._checks.has_passed(look.key, "box_order", look.signs)

    def take_order(self, version: ServedVersion, told: BoxOrder | None) -> None:
        """Write down the order that the model is found to answer; None where none is told."""
        look = self._look(version)
        if told is not None:
            self._take(version, look, "box_order", told.value)
        elif self._checks.was_in_vain(look.key, "box_order", look.signs) >= MOST_PROBED:
            self._checks.passed(look.key, "box_order", look.signs)
            self._see(version, look.key, UNTOLD, True)

    def is_form_sure(self, version: ServedVersion) -> bool:
        """Whether no other form of strings has to be tried; one that was found out before may."""
        look = self._look(version)
        if look.facts.source_of("image_form") is FactSource.ANSWERS:
            return self._checks.has_passed(look.key, "image_form", look.signs)
        return look.facts.image_form is not None

    def takes(self, version: ServedVersion, form: PictureForm) -> None:
        """Write down that an input of strings takes `form`."""
        self._take(version, self._look(version), "image_form", form.value)

    def _take(self, version: ServedVersion, look: "_Look", name: str, value: str) -> None:
        """Write down what was found out, in place of what was found out of another model."""
        known = self._store.get(look.key, name)
        if known is not None and known != value:
            self._store.replace(look.key, name, None)
            known = None
        if known is None:
            self._add(version, look.key, name, value)
        self._checks.passed(look.key, name, look.signs)

    def warnings(self, version: ServedVersion) -> list[str]:
        """What in the version's answers does not fit what is said of it; empty for nothing."""
        look = self._look(version)
        seen = {name: self._store.get(look.key, name) for name in SEEN}
        label_map = self._published.label_map(version.name, version.version).label_map
        return [
            *unread_outputs(() if version.detector is None else version.detector.unread),
            *warnings_of(version.name, seen, look.with_signature, label_map),
        ]

    def _look(self, version: ServedVersion) -> "_Look":
        published = self._published.facts(version.name, version.version)
        key = ModelKey(version.name, version.version, f"{version.digest} {published.stamp}")
        values = {name: self._store.get(key, name) for name in FOUND_OUT}
        with self._lock:
            last, last_values, last_said = self._last.get(key, (None, None, None))
        signs = self._signs.of(version, published)
        if last is not None and (last_values, last_said) == (values, published.facts):
            return last._replace(signs=signs)
        try:
            found_out = ModelFacts.from_json(values, FactSource.ANSWERS)
        except BadModelFacts:
            # Somebody else's file.
            found_out = ModelFacts()
        facts = published.facts.over(found_out)
        detector = version.detector
        with_signature = facts if detector is None else facts.over(facts_of_signature(detector))
        look = _Look(key, facts, with_signature, signs)
        with self._lock:
            self._last[key] = (look, values, published.facts)
            while len(self._last) > MAX_REMEMBERED:
                self._last.popitem(last=False)
        return look

    def _add(self, version: ServedVersion, key: ModelKey, name: str, value: object) -> bool:
        written = self._store.add(key, name, value)
        _log.info(
            "model %s, version %d: %s is %s, by its first answers",
            version.name, version.version, name, written,
        )  # fmt: skip
        return True

    def _see(self, version: ServedVersion, key: ModelKey, name: str, value: object) -> None:
        """Write down what does not fit, and say it once in the log."""
        if self._store.get(key, name) is None:
            self._store.add(key, name, value)
            for text in self.warnings(version):
                _log.warning("model %s, version %d: %s", version.name, version.version, text)

    def _compare(
        self, version: ServedVersion, look: "_Look", unit: BoxUnit, answers: Sequence[AnswerRows]
    ) -> bool:
        """Look whether answers are in the unit that is known; returns whether that is another now.

        See `_doubt` for a unit that only answers told.
        """
        is_found_out = look.facts.source_of("box_unit") is FactSource.ANSWERS
        if is_found_out and self._doubt(version, look, unit, answers):
            return True
        told = told_unit(answers)
        if told is not None and (told is BoxUnit.NORMALIZED) is not (unit is BoxUnit.NORMALIZED):
            self._see(version, look.key, CONTRADICTING, told.value)
        elif told is not None:
            self._checks.passed(look.key, "box_unit", look.signs)
        if unit is BoxUnit.PIXELS:
            is_yxyx = look.facts.box_order in (None, BoxOrder.YXYX)
            if is_yxyx and lie_inside_if_x_is_first(answers):
                self._see(version, look.key, TURNED, True)
            elif lie_beyond(answers):
                self._see(version, look.key, BEYOND, True)
        return False

    def _doubt(
        self, version: ServedVersion, look: "_Look", unit: BoxUnit, answers: Sequence[AnswerRows]
    ) -> bool:
        """Take another unit once several answers in a row cannot be in the one that was told.

        Then another model has taken the version's number, unseen. Where there was a sign of that,
        one answer is enough. Returns whether the unit is another now.
        """
        key, impossible = look.key, cannot_be(answers, unit)
        with self._lock:
            self._against[key] = self._against[key] + 1 if impossible else 0
            count = self._against[key]
        if not impossible:
            return False
        is_over = count >= ANSWERS_AGAINST or (
            any(map(may_tell, answers)) and not self._checks.has_passed(key, "box_unit", look.signs)
        )
        if self._store.get(key, "box_unit") != unit.value:
            # Another worker has seen it before.
            is_over = True
        elif is_over:
            is_normalized = unit is BoxUnit.NORMALIZED
            other = BoxUnit.PIXELS if is_normalized else BoxUnit.NORMALIZED
            self._store.replace(key, "box_unit", other.value)
            _log.warning(
                "model %s, version %d: its boxes are in %s now, not in %s, as if it were another "
                "model",
                version.name, version.version, other.value, unit.value,
            )  # fmt: skip
        if is_over:
            self._store.replace(key, CONTRADICTING, None)
            with self._lock:
                del self._against[key]
        return is_over

    def _look_for_names(
        self, version: ServedVersion, key: ModelKey, surely: frozenset[int]
    ) -> None:
        now_s = time.monotonic()
        with self._lock:
            named, until_s = self._named.get(key, (frozenset(), 0.0))
        if surely <= named and now_s < until_s:
            return
        label_map = self._published.label_map(version.name, version.version).label_map
        unnamed = [] if label_map is None else [n for n in surely if label_map.label(n) is None]
        with self._lock:
            self._named[key] = (surely.difference(unnamed), now_s + NAMES_HOLD_S)
            while len(self._named) > MAX_REMEMBERED:
                self._named.popitem(last=False)
        if unnamed:
            self._see(version, key, UNNAMED, sorted(unnamed)[:MOST_NOTED])


class _Look(NamedTuple):
    """What is known of a version at a moment.

    Attributes:
        key: whose facts they are.
        facts: said and found out.
        with_signature: and, where nobody says one, as the signature lets one suppose.
        signs: what was seen of the version until then.
    """

    key: ModelKey
    facts: ModelFacts
    with_signature: ModelFacts
    signs: Signs
