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

from serving_protocol.box_evidence import counting
from serving_protocol.box_geometry import as_yxyx
from serving_protocol.box_probing import SURE, Reading, surest, told_fit
from serving_protocol.model_facts import MAX_SIDE_PX, BoxOrder, BoxUnit, ModelFacts

# Percent and thousandths, as quantized detectors and vision-language models have them: conventions
# whichever size an image or an input has.
CONVENTIONS = ((100, 100), (1000, 1000))
# Sides of inputs that detectors have; of what is measured the nearest of them is supposed.
COMMON_SIDES = (
    224, 256, 288, 300, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736, 768,
    800, 832, 864, 896, 960, 1024, 1152, 1216, 1280, 1344, 1536,
)  # fmt: skip
SNAP = 0.08
# By how much another reading has to be better, as mean IoU, than what is known: usual ones, common
# sides, and sides that are measured and no common ones, which always fit best.
LEAD_OF_USUAL, LEAD_OF_COMMON, LEAD_OF_MEASURED = 0.05, 0.1, 0.15
# A graph that keeps an image's proportions has another input for each: a measured size of the same
# proportions, up to this, is of that image alone.
SAME_PROPORTIONS = 0.05
# How far a box may be from where a form moves it to, as a share of its own side, to be measured.
MOST_OFF = 0.25

Boxes = npt.NDArray[np.float64]


class Layout(NamedTuple):
    """How a model is found to answer boxes.

    Attributes:
        order: of a box's four numbers.
        unit: of them; None where it cannot be told.
        input_size_hw: for INPUT_PIXELS: what they are shares of.
    """

    order: BoxOrder
    unit: BoxUnit | None = None
    input_size_hw: tuple[int, int] | None = None


def told_layout(
    readings: Sequence[Reading],
    facts: ModelFacts,
    sure: float = SURE,
    *,
    is_unit_open: bool = True,
) -> Layout | None:
    """The unit and order in which boxes move as what they show does; None where none stands out.

    Args:
        readings: one image with each of its other forms.
        facts: what is known or supposed; the unit is another one only where that fits better.
        sure: the score from which a box tells.
        is_unit_open: whether other units than the known one are considered.
    """
    best: tuple[float, Layout] | None = None
    others = _suppositions(readings, facts, sure) if is_unit_open else ()
    for lead, each in ((0.0, facts), *others):
        told = told_fit(readings, each, sure)
        if told is not None and (best is None or told.iou - lead > best[0]):
            size = each.input_size_hw if each.box_unit is BoxUnit.INPUT_PIXELS else None
            best = told.iou - lead, Layout(told.order, each.box_unit or BoxUnit.NORMALIZED, size)
    return None if best is None else best[1]


def _suppositions(
    readings: Sequence[Reading], facts: ModelFacts, sure: float
) -> Iterator[tuple[float, ModelFacts]]:
    """Units with sizes, each with how much better it has to be than what is known."""
    for unit in (BoxUnit.NORMALIZED, BoxUnit.PIXELS):
        if facts.box_unit is not unit:
            yield LEAD_OF_USUAL, replace(facts, box_unit=unit)
    if any(each.whole.says_size for each in readings):
        return
    image = readings[0].whole.reference_wh
    declared = () if facts.input_size_hw is None else (facts.input_size_hw,)
    for size in (*declared, *CONVENTIONS):
        yield LEAD_OF_USUAL, _of_input(facts, size)
    for order in BoxOrder:
        measured = _measured(readings, order, sure)
        if measured is None or (image is not None and _same_proportions(measured, image)):
            continue
        common = [s for s in COMMON_SIDES if max(abs(s / side - 1) for side in measured) < SNAP]
        for side in common:
            yield LEAD_OF_COMMON, _of_input(facts, (side, side))
        size = round(measured[0]), round(measured[1])
        if max(size) <= MAX_SIDE_PX:
            yield LEAD_OF_MEASURED, _of_input(facts, size)


def _of_input(facts: ModelFacts, size_hw: tuple[int, int]) -> ModelFacts:
    return replace(facts, box_unit=BoxUnit.INPUT_PIXELS, input_size_hw=size_hw)


def _same_proportions(size_hw: tuple[float, float], image_wh: tuple[float, float]) -> bool:
    ratio = (size_hw[1] / size_hw[0]) / (image_wh[0] / image_wh[1])
    return abs(ratio - 1) < SAME_PROPORTIONS


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
