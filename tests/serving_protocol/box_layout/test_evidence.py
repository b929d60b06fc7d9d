"""The unit of a model's boxes is told by most of the boxes that count, or not at all."""

import numpy as np
import pytest

from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import inferred_unit, lie_beyond
from serving_protocol.model_facts import BoxUnit

NORMALIZED, PIXELS = BoxUnit.NORMALIZED, BoxUnit.PIXELS
VGA = (640.0, 480.0)


def rows(
    boxes: list[list[float]], scores: list[float], size_wh: tuple[float, float] | None = VGA
) -> AnswerRows:
    classes = np.ones(len(scores), np.int64)
    return AnswerRows(
        np.array(boxes, np.float64).reshape(-1, 4), np.array(scores), classes, {}, size_wh
    )


INSIDE, OUTLIER = [0.2, 0.1, 0.6, 0.5], [0.1, 0.1, 2.9, 3.4]
CASES: dict[str, tuple[AnswerRows, BoxUnit | None]] = {
    "normalized": (rows([INSIDE], [0.9]), NORMALIZED),
    "a stray box that scores low": (rows([INSIDE, OUTLIER], [0.9, 0.01]), NORMALIZED),
    "a box of hundreds that scores low": (
        rows([INSIDE, [1, 1, 400, 300]], [0.9, 0.01]),
        NORMALIZED,
    ),
    "a stray box that scores high": (rows([INSIDE, INSIDE, OUTLIER], [0.9, 0.8, 0.9]), NORMALIZED),
    "nothing but a stray box": (rows([OUTLIER], [0.9]), None),
    "a little negative": (rows([[-0.1, -0.02, 0.4, 1.1]], [0.9]), NORMALIZED),
    "low scores alone": (rows([INSIDE], [0.2]), NORMALIZED),
    "scores that count for nothing": (rows([[9, 9, 400, 300]], [0.01]), None),
    "pixels": (rows([[48, 128, 240, 384]], [0.9]), PIXELS),
    "small boxes of pixels": (rows([[100, 200, 103, 204], [3, 2, 5, 4]], [0.9, 0.9]), PIXELS),
    "pixels of a small image": (rows([[1, 2, 20, 30]], [0.9], (32.0, 24.0)), PIXELS),
    "the whole of an image of two pixels": (rows([[0, 0, 2, 2]], [0.9], (2.0, 2.0)), None),
    "one pixel of an image of two": (rows([[0, 0, 1, 1]], [0.9], (2.0, 2.0)), None),
    "far more than an image of two pixels": (rows([[10, 20, 90, 80]], [0.9], (2.0, 2.0)), PIXELS),
    "zeros": (rows([[0, 0, 0, 0]] * 3, [0, 0, 0]), None),
    "zeros that score": (rows([[0, 0, 0, 0]], [0.9]), None),
    "nothing": (rows([], []), None),
    "as many as against": (rows([INSIDE, [48, 128, 240, 384]], [0.9, 0.9]), None),
    "a size that nobody knows": (rows([[48, 128, 240, 384]], [0.9], None), PIXELS),
}


@pytest.mark.parametrize("case", CASES)
def test_most_boxes_that_count_tell_the_unit(case: str) -> None:
    answer, unit = CASES[case]
    assert inferred_unit([answer]) is unit


def test_images_of_a_batch_are_counted_together() -> None:
    assert inferred_unit([rows([OUTLIER], [0.9]), rows([INSIDE], [0.9])]) is NORMALIZED
    assert inferred_unit([rows([], []), rows([[9, 9, 99, 99]], [0.6])]) is PIXELS


@pytest.mark.parametrize(("reach", "beyond"), [(400, False), (700, False), (1200, True)])
def test_boxes_of_another_image_lie_beyond_the_one_that_was_sent(reach: int, beyond: bool) -> None:
    assert lie_beyond([rows([[10, 10, reach, 100]], [0.9])]) is beyond
