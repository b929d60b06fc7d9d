"""A unit is concluded only where nothing else fits the boxes' moves as well."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.probing import Reading, probes_of
from serving_protocol.box_layout.scales import Layout, inferred_layout
from serving_protocol.model_facts import BoxOrder, BoxUnit, ModelFacts

Boxes = npt.NDArray[np.float64]
SEEN = np.array([[0.1, 0.15, 0.35, 0.4], [0.5, 0.55, 0.85, 0.8]])


def told(
    size_wh: tuple[int, int], numbers: Callable[[Boxes], Boxes], facts: ModelFacts
) -> Layout | None:
    """Of a model that answers these numbers, as yxyx."""

    def answer(boxes: Boxes) -> AnswerRows:
        sizes = (float(size_wh[0]), float(size_wh[1]))
        return AnswerRows(numbers(boxes), np.array([0.9, 0.8]), np.array([1, 2]), {}, sizes)

    whole = answer(SEEN)
    return inferred_layout([Reading(whole, p, answer(p.moved(SEEN))) for p in probes_of()], facts)


def of(height: float, width: float) -> Callable[[Boxes], Boxes]:
    return lambda boxes: boxes * [height, width, height, width]


def letterboxed(boxes: Boxes) -> Boxes:
    return boxes * [480, 640, 480, 640] + [80.0, 0.0, 80.0, 0.0]


def amodal(share: float) -> Callable[[Boxes], Boxes]:
    def beyond(boxes: Boxes) -> Boxes:
        more = share * (boxes[:, 2:] - boxes[:, :2])
        return of(480, 640)(np.concatenate([boxes[:, :2], boxes[:, 2:] + more], axis=1))

    return beyond


SUPPOSED = ModelFacts(BoxUnit.PIXELS)


@pytest.mark.parametrize(
    ("size_wh", "side"),
    [((640, 640), 640), ((1000, 1000), 1000), ((100, 100), 100), ((640, 620), 640)],
)
def test_a_unit_is_open_where_the_image_is_as_large_as_what_boxes_may_be_shares_of(
    size_wh: tuple[int, int], side: int
) -> None:
    assert told(size_wh, of(side, side), SUPPOSED) == Layout(BoxOrder.YXYX)


@pytest.mark.parametrize("numbers", [letterboxed, of(512, 384), of(640, 640), of(1081, 2227)])
def test_a_size_that_nobody_declares_is_not_concluded(numbers: Callable[[Boxes], Boxes]) -> None:
    assert told((640, 480), numbers, SUPPOSED) == Layout(BoxOrder.YXYX)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.6])
def test_pixels_of_a_model_that_looks_beyond_the_edge_are_no_other_unit(share: float) -> None:
    found = told((640, 480), amodal(share), SUPPOSED)
    assert found is not None
    assert found.unit in (None, BoxUnit.PIXELS)


@pytest.mark.parametrize("side", [100, 1000])
def test_conventions_are_concluded_from_an_image_of_another_size(side: int) -> None:
    layout = Layout(BoxOrder.YXYX, BoxUnit.INPUT_PIXELS, (side, side))
    assert told((640, 480), of(side, side), SUPPOSED) == layout


def test_an_input_that_is_declared_is_concluded() -> None:
    facts = ModelFacts(BoxUnit.PIXELS, input_size_hw=(300, 500))
    layout = Layout(BoxOrder.YXYX, BoxUnit.INPUT_PIXELS, (300, 500))
    assert told((640, 480), of(300, 500), facts) == layout


def test_pixels_and_normalized_boxes_are_concluded() -> None:
    assert told((640, 480), of(480, 640), SUPPOSED) == Layout(BoxOrder.YXYX, BoxUnit.PIXELS)
    normalized = Layout(BoxOrder.YXYX, BoxUnit.NORMALIZED)
    assert told((640, 480), of(1, 1), ModelFacts()) == normalized
