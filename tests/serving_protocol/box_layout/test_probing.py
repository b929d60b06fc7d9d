"""The order of a box's numbers is told by how boxes move, and by nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.probing import (
    LEAST_SQUEEZED,
    MOST_SQUEEZED,
    SQUEEZED,
    Reading,
    drawn_probes,
    inferred_order,
    may_tell,
    probes_of,
)
from serving_protocol.model_facts import BoxOrder, BoxUnit, ModelFacts

SIZE_WH = (320, 240)
# Of one object each, yxyx: large, small, in the middle, at an edge, as large as the image.
PLACES = [
    (0.2, 0.1, 0.6, 0.5), (0.3, 0.3, 0.7, 0.7), (0.0, 0.0, 1.0, 1.0), (0.4, 0.55, 0.5, 0.65),
    (0.0, 0.0, 0.5, 0.5), (0.9, 0.0, 1.0, 1.0), (0.0, 0.8, 1.0, 1.0), (0.4, 0.5, 0.8, 1.0),
]  # fmt: skip
Boxes = npt.NDArray[np.float64]
ALL = list(product(BoxOrder, (BoxUnit.NORMALIZED, BoxUnit.PIXELS)))


def answer(boxes_yxyx: Boxes, order: BoxOrder, unit: BoxUnit, score: float = 0.9) -> AnswerRows:
    """What a model of that unit and order answers."""
    width, height = SIZE_WH if unit is BoxUnit.PIXELS else (1, 1)
    y_min, x_min, y_max, x_max = (boxes_yxyx * [height, width, height, width]).T
    numbers = {
        BoxOrder.YXYX: (y_min, x_min, y_max, x_max),
        BoxOrder.XYXY: (x_min, y_min, x_max, y_max),
        BoxOrder.XYWH: (x_min, y_min, x_max - x_min, y_max - y_min),
        BoxOrder.CXCYWH: (
            (x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min,
        ),
    }[order]  # fmt: skip
    count = len(boxes_yxyx)
    size_wh = (float(SIZE_WH[0]), float(SIZE_WH[1]))
    return AnswerRows(
        np.stack(numbers, -1), np.full(count, score), np.ones(count, np.int64), {}, size_wh
    )


def readings(
    boxes: Sequence[Sequence[float]] | Boxes,
    order: BoxOrder,
    unit: BoxUnit,
    seen: Callable[[Boxes], Boxes] = lambda moved: moved,
    left: float = SQUEEZED,
) -> list[Reading]:
    whole = np.array(boxes, np.float64)
    return [
        Reading(answer(whole, order, unit), probe, answer(seen(probe.moved(whole)), order, unit))
        for probe in probes_of(left)
    ]


@pytest.mark.parametrize(("order", "unit"), ALL)
def test_one_object_tells_wherever_it_lies(order: BoxOrder, unit: BoxUnit) -> None:
    for place, left in product(PLACES, (LEAST_SQUEEZED, SQUEEZED, MOST_SQUEEZED)):
        seen = readings([place], order, unit, left=left)
        assert inferred_order(seen, ModelFacts(unit)) is order, (place, left)


@pytest.mark.parametrize(("order", "unit"), ALL)
def test_no_order_is_told_wrongly_of_a_detector_that_is_inexact(
    order: BoxOrder, unit: BoxUnit
) -> None:
    random = np.random.default_rng(3)
    told = []
    for _ in range(100):
        corners = np.sort(random.uniform(0, 1, (3, 2, 2)), axis=1).reshape(-1, 4)
        seen = readings(
            corners, order, unit, lambda moved: moved + random.normal(0, 0.02, moved.shape)
        )
        told.append(inferred_order(seen, ModelFacts(unit)))
    assert set(told) <= {order, None}
    assert told.count(order) > 50


def test_boxes_that_do_not_move_tell_nothing() -> None:
    random = np.random.default_rng(4)
    constant = [*PLACES, *np.sort(random.uniform(0, 1, (200, 2, 2)), axis=1).reshape(-1, 4)]
    for (order, unit), place in product(ALL, constant):
        whole = answer(np.array([place]), order, unit)
        still = [Reading(whole, probe, whole) for probe in probes_of()]
        assert inferred_order(still, ModelFacts(unit)) is None


def test_boxes_that_jump_about_tell_nothing() -> None:
    random = np.random.default_rng(5)

    def anywhere(moved: Boxes) -> Boxes:
        return np.sort(random.uniform(0, 1, (len(moved), 2, 2)), axis=1).reshape(-1, 4)

    for order, unit in ALL:
        told = [
            inferred_order(readings([PLACES[0]], order, unit, anywhere), ModelFacts(unit))
            for _ in range(50)
        ]
        assert told.count(None) > 45


def test_what_is_found_again_in_one_form_alone_tells_nothing() -> None:
    first, second = readings([PLACES[0]], BoxOrder.XYXY, BoxUnit.NORMALIZED)
    nothing = answer(np.empty((0, 4)), BoxOrder.XYXY, BoxUnit.NORMALIZED)
    lost = [first, Reading(second.whole, second.probe, nothing)]
    assert inferred_order(lost, ModelFacts(BoxUnit.NORMALIZED)) is None


@pytest.mark.parametrize(("order", "unit"), ALL)
def test_what_a_mirror_makes_another_class_tells_too(order: BoxOrder, unit: BoxUnit) -> None:
    mirrored, squeezed = readings([PLACES[0]], order, unit)
    as_right_hand = replace(mirrored.probed, class_ids=mirrored.probed.class_ids + 1)
    told = inferred_order([mirrored._replace(probed=as_right_hand), squeezed], ModelFacts(unit))
    assert told is order


def test_only_what_is_sure_is_asked_about() -> None:
    place = np.array([PLACES[0]])
    assert may_tell(answer(place, BoxOrder.YXYX, BoxUnit.NORMALIZED))
    assert not may_tell(answer(place, BoxOrder.YXYX, BoxUnit.NORMALIZED, score=0.1))
    assert not may_tell(answer(0 * place, BoxOrder.YXYX, BoxUnit.NORMALIZED))


def test_each_form_moves_what_is_seen_as_it_says_and_keeps_the_size() -> None:
    image = Image.new("RGB", SIZE_WH)
    image.paste((255, 255, 255), (32, 48, 160, 144))
    for probe in (*probes_of(), *drawn_probes()):
        seen = np.asarray(probe.change(image).convert("L")) > 200
        assert seen.shape == SIZE_WH[::-1]
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        corners = np.array([rows[0], columns[0], rows[-1] + 1, columns[-1] + 1])
        moved = probe.moved(np.array([[0.2, 0.1, 0.6, 0.5]]))[0] * np.tile(SIZE_WH[::-1], 2)
        assert corners == pytest.approx(moved, abs=1.5)


def test_no_two_drawn_forms_are_the_same() -> None:
    place = np.array([PLACES[0]])
    moved = {tuple(each.moved(place)[0]) for _ in range(20) for each in drawn_probes()}
    assert len(moved) == 40
