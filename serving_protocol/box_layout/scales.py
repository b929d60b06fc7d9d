"""Telling the unit of a model's boxes along with their order, by how they move.

Majorities of an answer (`box_evidence`) tell normalized boxes from larger numbers. Whether those
are pixels of the image that was sent, of the network's own input, percent or thousandths shows
where a box has moved to: in `box_probing`'s other forms of an image, what lies at `x` of an image
of the side `s` lies at `s - left * x`, which says what `s` is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import counting
from serving_protocol.box_layout.geometry import as_yxyx
from serving_protocol.box_layout.probing import SURE, Reading, inferred_fit, surest
from serving_protocol.model_facts import MAX_SIDE_PX, BoxOrder, BoxUnit, ModelFacts

# Percent and thousandths, as quantized detectors and vision-language models have them: conventions
# whichever size an image or an input has.
CONVENTIONS = ((100, 100), (1000, 1000))
# Sides of square inputs that detectors have.
COMMON_SIDES = (
    224, 256, 288, 300, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736, 768,
    800, 832, 864, 896, 960, 1024, 1152, 1216, 1280, 1344, 1536,
)  # fmt: skip
# By how much the best one has to fit better than any other, as mean IoU, to be concluded.
LEAD = 0.1
# How much better a measured size may fit, which is always the best one; and how far it may be off.
SLACK = 0.05
SAME_SIDE = 0.03
# How far a box may be from where a form moves it to, as a share of its own side, to be measured.
MOST_OFF = 0.25

_SQUARES = (*CONVENTIONS, *((side, side) for side in COMMON_SIDES))
Boxes = npt.NDArray[np.float64]


class Layout(NamedTuple):
    """How a model is found to answer boxes.

    Attributes:
        order: of a box's four numbers.
        unit: of them; None where several fit as well, or a size that is no usual one fits best.
        input_size_hw: for INPUT_PIXELS: what they are shares of.
    """

    order: BoxOrder
    unit: BoxUnit | None = None
    input_size_hw: tuple[int, int] | None = None


def inferred_layout(
    readings: Sequence[Reading],
    facts: ModelFacts,
    sure: float = SURE,
    *,
    is_unit_open: bool = True,
) -> Layout | None:
    """The unit and order in which boxes move as what they show does; None where none stands out.

    Args:
        readings: one image with each of its other forms.
        facts: what is known or supposed, of which the declared input is tried too.
        sure: the score from which a box tells.
        is_unit_open: whether other units than the known one are considered.
    """
    if not is_unit_open:
        told = inferred_fit(readings, facts, sure)
        return None if told is None else Layout(told.order, *_unit_of(facts))
    fits = [
        _Candidate(told.iou, Layout(told.order, *_unit_of(each)), is_expected)
        for is_expected, some in (
            (True, _suppositions(readings, facts)), (False, _rivals(readings, facts, sure)),
        )
        for each in some
        if (told := inferred_fit(readings, each, sure)) is not None
    ]  # fmt: skip
    if not fits:
        return None
    best = max(fits, key=lambda each: each.iou)
    near = [each for each in fits if each.iou > best.iou - LEAD]
    if len({each.layout.order for each in near}) > 1:
        return None
    # Where the expected one is as good as any, all else has to be clearly worse; what is measured
    # as the same size is no other.
    expected = [each for each in near if each.is_expected]
    if not expected:
        return Layout(best.layout.order)
    first = max(expected, key=lambda each: each.iou)
    is_clear = first.iou >= best.iou - SLACK and not any(
        _is_other(each.layout, first.layout, readings[0].whole) for each in near
    )
    return first.layout if is_clear else Layout(best.layout.order)


def _is_other(one: Layout, other: Layout, answer: AnswerRows) -> bool:
    """Whether they read numbers otherwise: two units, but for a measured size that is the same."""
    if one == other:
        return False
    if one.unit is not other.unit and one.input_size_hw in _SQUARES:
        # Pixels of an image as large as an input: the same here, and not of the next image.
        return True
    pairs = zip(_sides(one, answer), _sides(other, answer), strict=True)
    return any(abs(a / b - 1) > SAME_SIDE for a, b in pairs)


def _sides(layout: Layout, answer: AnswerRows) -> tuple[float, float]:
    if layout.unit is BoxUnit.INPUT_PIXELS and layout.input_size_hw is not None:
        return layout.input_size_hw
    if layout.unit is BoxUnit.PIXELS and answer.reference_wh is not None:
        return answer.reference_wh[1], answer.reference_wh[0]
    return 1.0, 1.0


class _Candidate(NamedTuple):
    """How well boxes fit, as mean IoU, and whether a model may be concluded to be so."""

    iou: float
    layout: Layout
    is_expected: bool


def _unit_of(facts: ModelFacts) -> tuple[BoxUnit, tuple[int, int] | None]:
    unit = facts.box_unit or BoxUnit.NORMALIZED
    return unit, facts.input_size_hw if unit is BoxUnit.INPUT_PIXELS else None


def _suppositions(readings: Sequence[Reading], facts: ModelFacts) -> Iterator[ModelFacts]:
    """Units with sizes that are expected; sizes of an input, unless the answer says its own."""
    for unit in (BoxUnit.NORMALIZED, BoxUnit.PIXELS):
        yield replace(facts, box_unit=unit)
    if facts.box_unit is BoxUnit.INPUT_PIXELS:
        yield facts
    if any(each.whole.says_size for each in readings):
        return
    declared = () if facts.input_size_hw is None else (facts.input_size_hw,)
    for size in (*declared, *CONVENTIONS):
        yield _of_input(facts, size)


def _rivals(readings: Sequence[Reading], facts: ModelFacts, sure: float) -> Iterator[ModelFacts]:
    """Common inputs, and sizes by which boxes of each order fit best: none of them is concluded.

    A graph that keeps an image's proportions has another size for each.
    """
    if any(each.whole.says_size for each in readings):
        return
    for size in _SQUARES:
        yield _of_input(facts, size)
    for order in BoxOrder:
        measured = _measured(readings, order, sure)
        if measured is None or max(measured) > MAX_SIDE_PX:
            continue
        yield _of_input(facts, (round(measured[0]), round(measured[1])))


def _of_input(facts: ModelFacts, size_hw: tuple[int, int]) -> ModelFacts:
    return replace(facts, box_unit=BoxUnit.INPUT_PIXELS, input_size_hw=size_hw)


def _measured(
    readings: Sequence[Reading], order: BoxOrder, sure: float
) -> tuple[float, float] | None:
    """Height and width of what boxes of that order are shares of; None where none shows."""
    sides: tuple[list[float], list[float]] = ([], [])
    for whole, probe, probed in readings:
        before = as_yxyx(whole.boxes[surest(whole, sure)], order)
        after = as_yxyx(probed.boxes[np.flatnonzero(counting(probed))], order)
        # Where a form has what lay at 0, which grows with the side; and what becomes of the rest.
        shift = probe.moved(np.zeros((1, 4)))[0]
        rest = after[None] - (probe.moved(before) - shift)[:, None]  # (N, M, 4)
        for axis, of_axis in enumerate(sides):
            found = _sides_along(rest, before, shift, axis)
            of_axis += found.tolist()
    if not all(sides):
        return None
    height, width = (float(np.median(of_axis)) for of_axis in sides)
    return (height, width) if min(height, width) >= 1 else None


def _sides_along(rest: Boxes, before: Boxes, shift: Boxes, axis: int) -> Boxes:
    """What each box that a form moves along `axis` says; both corners have to say the same."""
    if not shift[axis]:
        return np.empty(0)
    along, across = (axis, axis + 2), (1 - axis, 3 - axis)
    side = np.abs(before[:, axis + 2] - before[:, axis])[:, None]  # (N, 1)
    other_side = np.abs(before[:, 3 - axis] - before[:, 1 - axis])[:, None]
    said = rest[..., along] / shift[list(along)]
    agrees = np.ptp(said, axis=-1) * shift[axis] <= MOST_OFF * side
    stays = np.abs(rest[..., across]).max(-1) <= MOST_OFF * other_side
    return np.asarray(said.mean(-1)[agrees & stays])
