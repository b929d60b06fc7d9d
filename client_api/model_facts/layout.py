"""What is known of the order and unit of a version's boxes by asking it about other images.

It is asked while nobody says the order, once in each process and after each sign that another model
may answer; and once more where answers do not fit the unit that only answers told.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from client_api.catalog.served_models import ServedVersion
from client_api.model_facts.readings import FactLooks, Look
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
MOST_PROBED = 3
# So many answers show how surely a model finds anything at all; where none is sure, what scores
# this share of the best has to tell.
FAINT_ANSWERS = 5
SHARE_OF_FAINT = 0.8
# At so many sizes of images a unit is asked for that several explain.
MOST_SIZES = 3
ORDER, UNIT, SIZE, LAYOUT = "box_order", "box_unit", "input_size_hw", "box_layout"


class LayoutFacts:
    """Whether a version has to be asked, and what came of it. Thread-safe.

    Args:
        looks: at what is known, and where it is written down.
    """

    def __init__(self, looks: FactLooks) -> None:
        self._looks = looks
        self._lock = threading.Lock()
        # Of each version whose answers were never sure: how many there were, and the best score.
        self._faint: OrderedDict[ModelKey, tuple[int, float]] = OrderedDict()
        # What does not fit, of which each was a reason to ask again.
        self._asked_for: OrderedDict[tuple[ModelKey, str], None] = OrderedDict()
        # Sizes of the images that told no unit.
        self._in_vain: OrderedDict[ModelKey, frozenset[tuple[int, int]]] = OrderedDict()

    def is_open(self, version: ServedVersion, sizes_wh: Iterable[tuple[int, int]] = ()) -> bool:
        """Whether the model has to be asked, where there are images of these sizes.

        It has while nobody says the order; of one that was found out before, once in each process,
        and after each sign that another model may answer. A model that did not answer in time once
        is asked by no process any more. Where the order was told and no unit, images of other sizes
        are asked about, a few times.
        """
        look = self._looks.look(version)
        return self._is_open(look) or self._is_unit_open(look, sizes_wh)

    def _is_unit_open(self, look: Look, sizes_wh: Iterable[tuple[int, int]]) -> bool:
        store = self._looks.store
        if store.get(look.key, TIMED_OUT) or not look.is_open(UNIT) or store.get(look.key, PROBED):
            return False
        with self._lock:
            before = self._in_vain.get(look.key)
        return before is not None and len(before) < MOST_SIZES and not before.issuperset(sizes_wh)

    def told_no_unit(self, version: ServedVersion, size_wh: tuple[int, int]) -> None:
        """An image of that size left the unit open."""
        key = self._looks.look(version).key
        with self._lock:
            self._in_vain[key] = self._in_vain.get(key, frozenset()) | {size_wh}
            while len(self._in_vain) > MAX_REMEMBERED:
                self._in_vain.popitem(last=False)

    def _is_open(self, look: Look) -> bool:
        if self._looks.store.get(look.key, TIMED_OUT):
            return False
        if look.is_open(ORDER):
            return not self._looks.has_passed(look, ORDER)
        return look.is_open(UNIT) and self._looks.checks.is_doubtful(look.key, LAYOUT)

    def known(self, version: ServedVersion) -> tuple[ModelFacts, bool, bool]:
        """The facts that are known; whether the order is open, and the unit."""
        look = self._looks.look(version)
        return look.with_signature, look.is_open(ORDER), look.is_open(UNIT)

    def sure_score(self, version: ServedVersion, answers: Sequence[AnswerRows]) -> float:
        """From which score on a box tells, once these answers are counted.

        `SURE`, until a model has given several answers and none that was so sure.
        """
        look = self._looks.look(version)
        best = max((float(each.scores.max(initial=0)) for each in answers), default=0.0)
        if best < LOWEST_SCORE and look.key not in self._faint:
            return SURE
        with self._lock:
            count, before = self._faint.get(look.key, (0, 0.0))
            count, best = count + (best >= LOWEST_SCORE), max(best, before)
            self._faint[look.key] = count, best
            while len(self._faint) > MAX_REMEMBERED:
                self._faint.popitem(last=False)
        if best >= SURE:
            return SURE
        if look.is_open(ORDER) and look.facts.box_order is None:
            self._looks.see(version, look.key, FAINT, True)
        return max(LOWEST_SCORE, SHARE_OF_FAINT * best) if count >= FAINT_ANSWERS else SURE

    def ask_again(self, version: ServedVersion, why: str) -> None:
        """Something does not fit: ask once more, if that was no reason before."""
        look = self._looks.look(version)
        with self._lock:
            if (look.key, why) in self._asked_for:
                return
            self._asked_for[(look.key, why)] = None
            while len(self._asked_for) > MAX_REMEMBERED:
                self._asked_for.popitem(last=False)
        self._looks.checks.doubt(look.key, LAYOUT)
        self._looks.checks.doubt(look.key, ORDER)

    def take(self, version: ServedVersion, told: Layout, image: str) -> None:
        """Write down what the model is found to answer; against what is known, by two images.

        Args:
            version: of the model.
            told: how it answers, by one image.
            image: a digest of it.
        """
        look = self._looks.look(version)
        if not self._is_agreed(look, told, image):
            if self._is_over(look):
                self._looks.passed(look, ORDER)
            self._tell_doubt(version, look)
            return
        if look.is_open(ORDER):
            self._looks.take(version, look, ORDER, told.order.value)
        if told.unit is not None and look.is_open(UNIT):
            self._looks.take(version, look, UNIT, told.unit.value)
            if told.unit is BoxUnit.INPUT_PIXELS and told.input_size_hw is not None:
                self._looks.take(version, look, SIZE, list(told.input_size_hw))
            self._looks.take(version, look, PROBED, told.unit.value)
        for name in (UNTOLD, FAINT, UNCONFIRMED):
            if self._looks.store.get(look.key, name) is not None:
                self._looks.store.replace(look.key, name, None)
        self._looks.checks.settle(look.key, LAYOUT)

    def _is_agreed(self, look: Look, told: Layout, image: str) -> bool:
        """Whether nothing else is known, or another image, in any process, said the same."""
        store = self._looks.store
        order, unit, size = (store.get(look.key, name) for name in (ORDER, UNIT, SIZE))
        if store.get(look.key, PROBED) is None:
            # Nobody asked for it: it is what answers looked like.
            unit = None
        new_size = None if told.input_size_hw is None else list(told.input_size_hw)
        new_unit = None if told.unit is None else told.unit.value
        is_other_order = look.is_open(ORDER) and order not in (None, told.order.value)
        is_other_unit = (
            look.is_open(UNIT)
            and None not in (unit, new_unit)
            and (unit != new_unit or (new_size is not None and size != new_size))
        )
        witness = store.get(look.key, AGAINST)
        # After a sign one image is enough: no caller can give one.
        was_replaced = self._looks.checks.has_new_signs(look.key, ORDER, look.signs)
        if was_replaced or not (is_other_order or is_other_unit):
            if witness is not None:
                store.replace(look.key, AGAINST, None)
            return True
        says = [told.order.value, new_unit, new_size]
        if isinstance(witness, list) and witness[1:] == says and witness[0] != image:
            store.replace(look.key, AGAINST, None)
            return True
        store.replace(look.key, AGAINST, [image, *says])
        return False

    def has_spoken_against(self, version: ServedVersion, image: str) -> bool:
        """Whether it is this image that told something else: once more, it would tell no more."""
        look = self._looks.look(version)
        if self._looks.checks.has_new_signs(look.key, ORDER, look.signs):
            return False
        witness = self._looks.store.get(look.key, AGAINST)
        return isinstance(witness, list) and witness[:1] == [image]

    def told_nothing(self, version: ServedVersion) -> None:
        """The model answered, or refused, and nothing could be told of it.

        After some times it is left alone. What was found out of it before stays, told as
        unconfirmed: images that tell nothing contradict nothing.
        """
        self.was_not_asked(version)

    def was_not_asked(self, version: ServedVersion) -> None:
        """It would take too long, or could not be asked: what is known stays known."""
        look = self._looks.look(version)
        if self._is_over(look):
            self._looks.passed(look, ORDER)
            self._tell_doubt(version, look)

    def timed_out(self, version: ServedVersion) -> None:
        """It did not answer in time, and may go on with it: no process asks again."""
        look = self._looks.look(version)
        self._looks.store.add(look.key, TIMED_OUT, True)
        self._looks.passed(look, ORDER)
        self._looks.checks.settle(look.key, LAYOUT)
        self._tell_doubt(version, look)

    def _is_over(self, look: Look) -> bool:
        self._looks.checks.settle(look.key, LAYOUT)
        return self._looks.checks.was_in_vain(look.key, ORDER, look.signs) >= MOST_PROBED

    def _tell_doubt(self, version: ServedVersion, look: Look) -> None:
        if look.is_open(ORDER):
            known = self._looks.store.get(look.key, ORDER) is not None
            self._looks.see(version, look.key, UNCONFIRMED if known else UNTOLD, True)
