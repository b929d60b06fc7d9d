"""What is known of each model's answers, and finding out what is not, once for all."""

import logging
import threading
from collections import Counter
from collections.abc import Sequence

from client_api.asking.fact_store import FactStore, ModelKey
from client_api.asking.published import PublishedModels
from client_api.asking.served_models import ServedVersion
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_evidence import (
    cannot_be,
    lie_beyond,
    lie_inside_if_x_is_first,
    told_unit,
)
from serving_protocol.detector_answer import facts_of_answers, facts_of_signature
from serving_protocol.image_input import PictureForm
from serving_protocol.model_facts import BadModelFacts, BoxOrder, BoxUnit, FactSource, ModelFacts

# How sure a model is of what it must not find: a class that has no name, or that is the first.
SURE = 0.5
FOUND_OUT = ("box_unit", "first_class", "image_form")
WARNINGS = ("unnamed_classes", "boxes_contradict", "boxes_turned", "boxes_beyond")
# So many answers in a row that cannot be in a unit which only answers told make it another one.
ANSWERS_AGAINST = 5

_log = logging.getLogger(__name__)


class ModelFactsBook:
    """Facts by version: what operators and cards say, and what the first answers told.

    Args:
        published: label maps, cards and what operators say.
        store: shares what is found out.
    """

    def __init__(self, published: PublishedModels, store: FactStore) -> None:
        self._published = published
        self._store = store
        self._lock = threading.Lock()
        self._against: Counter[ModelKey] = Counter()

    def of(self, version: ServedVersion) -> ModelFacts:
        """What is known now; what nobody says is open."""
        facts = self._said(version).over(self._found_out(version))
        return (
            facts if version.detector is None else facts.over(facts_of_signature(version.detector))
        )

    def resizes_files(self, version: ServedVersion) -> bool:
        """Whether the graph is known to resize each file by itself, so that any go together."""
        card = self._published.card(version.name, version.version).card
        return card is not None and card.preprocessing is not None

    def learn(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> ModelFacts:
        """What is known once these answers of the version are taken into account.

        What is known already is not changed by them; where they contradict it, `warnings` tells.
        """
        known = self._said(version).over(self._found_out(version))
        if known.box_unit is None:
            told = facts_of_answers(answers).box_unit
            if told is not None:
                self._add(version, "box_unit", told.value)
        else:
            self._compare(version, known, answers)
        surely = {
            int(each) for answer in answers for each in answer.class_ids[answer.scores >= SURE]
        }
        if known.first_class is None and 0 in surely:
            self._add(version, "first_class", 0)
        self._look_for_names(version, surely)
        return self.of(version)

    def takes(self, version: ServedVersion, form: PictureForm) -> None:
        """Write down that an input of strings takes `form`."""
        if self.of(version).image_form is None:
            self._add(version, "image_form", form.value)

    def warnings(self, version: ServedVersion) -> list[str]:
        """What in the version's answers does not fit what is said of it; empty for nothing."""
        key = self._key(version)
        found = [self._store.get(key, name) for name in WARNINGS]
        return [str(each) for each in found if each is not None]

    def _said(self, version: ServedVersion) -> ModelFacts:
        return self._published.facts(version.name, version.version).facts

    def _found_out(self, version: ServedVersion) -> ModelFacts:
        key = self._key(version)
        values = {name: self._store.get(key, name) for name in FOUND_OUT}
        try:
            return ModelFacts.from_json(values, FactSource.ANSWERS)
        except BadModelFacts:
            return ModelFacts()

    def _add(self, version: ServedVersion, name: str, value: object) -> None:
        written = self._store.add(self._key(version), name, value)
        _log.info(
            "model %s, version %d: %s is %s, by its first answers",
            version.name, version.version, name, written,
        )  # fmt: skip

    def _warn(self, version: ServedVersion, name: str, text: str) -> None:
        key = self._key(version)
        if self._store.get(key, name) is None:
            self._store.add(key, name, text)
            _log.warning("model %s, version %d: %s", version.name, version.version, text)

    def _compare(
        self, version: ServedVersion, known: ModelFacts, answers: Sequence[AnswerRows]
    ) -> None:
        """Look whether answers are what is known; see `_doubt` for what only answers told."""
        unit = known.box_unit
        assert unit is not None  # noqa: S101  # the caller has looked
        is_found_out = known.source_of("box_unit") is FactSource.ANSWERS
        if is_found_out and self._doubt(version, unit, answers):
            return
        told = told_unit(answers)
        name = version.name
        if told is not None and (told is BoxUnit.NORMALIZED) is not (unit is BoxUnit.NORMALIZED):
            self._warn(
                version, "boxes_contradict",
                f"an answer looks like boxes in {told.value}, but the model's are taken as "
                f"{unit.value}, by {known.source_of('box_unit').value}; boxwright models set "
                f"{name} --box-unit changes that",
            )  # fmt: skip
        if unit is not BoxUnit.PIXELS:
            return
        if (known.box_order or BoxOrder.YXYX) is BoxOrder.YXYX and lie_inside_if_x_is_first(
            answers
        ):
            self._warn(
                version, "boxes_turned",
                "most boxes of an answer leave the image that was sent, and would not if x came "
                f"before y; if it does: boxwright models set {name} --box-order xyxy",
            )  # fmt: skip
        elif lie_beyond(answers):
            self._warn(
                version, "boxes_beyond",
                "most boxes of an answer lie outside of the image that was sent; if they are "
                f"pixels of the model's own input: boxwright models set {name} --box-unit "
                "input-pixels --input-size HEIGHT WIDTH",
            )  # fmt: skip

    def _doubt(self, version: ServedVersion, unit: BoxUnit, answers: Sequence[AnswerRows]) -> bool:
        """Take another unit once several answers in a row cannot be in the one that was told.

        Then another model has taken the version's number, unseen. Returns whether it did.
        """
        key = self._key(version)
        impossible = cannot_be(answers, unit)
        with self._lock:
            self._against[key] = self._against[key] + 1 if impossible else 0
            is_over = self._against[key] >= ANSWERS_AGAINST
        if not impossible:
            return False
        if self._store.look_again(key, "box_unit") != unit.value:
            # Another worker has seen it before.
            is_over = True
        elif is_over:
            is_normalized = unit is BoxUnit.NORMALIZED
            other = BoxUnit.PIXELS if is_normalized else BoxUnit.NORMALIZED
            self._store.replace(key, "box_unit", other.value)
            _log.warning(
                "model %s, version %d: %d answers in a row were boxes in %s, not in %s, as if it "
                "were another model",
                version.name, version.version, ANSWERS_AGAINST, other.value, unit.value,
            )  # fmt: skip
        if is_over:
            self._store.replace(key, "boxes_contradict", None)
            with self._lock:
                del self._against[key]
        return is_over

    def _look_for_names(self, version: ServedVersion, surely: set[int]) -> None:
        label_map = self._published.label_map(version.name, version.version).label_map
        if label_map is None:
            return
        unnamed = sorted(each for each in surely if label_map.label(each) is None)
        if unnamed:
            shown = ", ".join(map(str, unnamed[:10]))
            self._warn(
                version, "unnamed_classes",
                f"the model answers class {shown}, which its label map does not name; the map's "
                f"ids go from {label_map.min_id} to {label_map.max_id}",
            )  # fmt: skip

    def _key(self, version: ServedVersion) -> ModelKey:
        stamp = f"{version.digest} {self._published.stamp(version.name, version.version)}"
        return ModelKey(version.name, version.version, stamp)
