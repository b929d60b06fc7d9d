"""Rows of -1 are padding wherever they lie; what is broken stays broken."""

from typing import Any

import numpy as np
import pytest

from serving_protocol.answer_rows import NotADetection
from tests.serving_protocol.answers import detect
from tests.serving_protocol.signatures import API_OUTPUTS, Declared
from tests.support.extras import keypoints_of

BOX = [0.1, 0.2, 0.5, 0.6]
NONE = [-1.0] * 4
NAN = [np.nan] * 4
WITHOUT_COUNT = {name: API_OUTPUTS[name] for name in API_OUTPUTS if name != "num_detections"}


def outputs(*rows: tuple[list[float], float, float], count: int | None = None) -> dict[str, Any]:
    boxes, scores, classes = zip(*rows, strict=True)
    found = {
        "detection_boxes": np.array([boxes], np.float32),
        "detection_scores": np.array([scores], np.float32),
        "detection_classes": np.array([classes], np.float32),
    }
    return found if count is None else found | {"num_detections": np.array([count], np.int32)}


# rows of box, score and class -> the classes that are found
PADDED: dict[str, tuple[list[tuple[list[float], float, float]], list[int]]] = {
    "KerasCV's": ([(BOX, 0.9, 3), (NONE, -1, -1), (NONE, -1, -1)], [3]),
    "between real ones": ([(BOX, 0.9, 3), (NONE, -1, -1), (BOX, 0.8, 4)], [3, 4]),
    "before real ones": ([(NONE, -1, -1), (BOX, 0.8, 4)], [4]),
    "nothing else": ([(NONE, -1, -1)] * 3, []),
    "a class alone": ([(BOX, 0.9, 3), ([0, 0, 0, 0], 0, -1)], [3]),
    "a score alone": ([(BOX, 0.9, 3), (BOX, -1, 0)], [3]),
    "a box alone": ([(BOX, 0.9, 3), (NONE, 0, 0)], [3]),
    "a little off": ([(BOX, 0.9, 3), (NONE, -1.004, -0.99)], [3]),
    "divided by nothing": ([(BOX, 0.9, 3), (NAN, -1, -1), (NAN, np.nan, -1)], [3]),
    "nan throughout": ([(BOX, 0.9, 3), (NAN, np.nan, np.nan), (BOX, 0.8, 4)], [3, 4]),
    "a box of nan and no score": ([(BOX, 0.9, 3), (NAN, 0, 1)], [3]),
    "a class of nan and no score": ([(BOX, 0.9, 3), ([0, 0, 0, 0], 0, np.nan)], [3]),
    "of masked logits": ([(BOX, 0.9, 3), (NONE, -1e9, -1)], [3]),
    "class 0 is none": ([(BOX, 0.9, 0), (BOX, 0.8, 0)], [0, 0]),
}


@pytest.mark.parametrize("case", PADDED)
def test_rows_of_padding_are_passed_over(case: str) -> None:
    rows, classes = PADDED[case]
    [found] = detect(outputs(*rows), declared=WITHOUT_COUNT)
    assert found.class_ids.tolist() == classes


def test_who_blanks_rows_in_place_counts_those_that_are_left() -> None:
    rows = [(BOX, 0.9, 3.0), (NONE, -1.0, -1.0), (BOX, 0.8, 4.0), (NONE, -1.0, -1.0)]
    for count, classes in ((2, [3, 4]), (3, [3, 4]), (1, [3]), (0, [])):
        [found] = detect(outputs(*rows, count=count))
        assert found.class_ids.tolist() == classes, count


def test_padding_of_masks_and_points_is_not_looked_at() -> None:
    rows = outputs((BOX, 0.9, 3), (NONE, -1, -1))
    rows |= {
        "detection_masks": np.array([[np.ones((2, 2)), np.full((2, 2), np.nan)]], np.float32),
        "detection_keypoints": np.array([[[[0.2, 0.3]], [[-9e9, np.nan]]]], np.float32),
    }
    declared: dict[str, Declared] = {
        **WITHOUT_COUNT,
        "detection_masks": ("FLOAT", [-1, -1, 2, 2]),
        "detection_keypoints": ("FLOAT", [-1, -1, 1, 2]),
    }
    [found] = detect(rows, declared=declared)
    assert len(found) == 1
    # A model without scores of points is as sure of them as of the box.
    assert keypoints_of(found).tolist() == [[pytest.approx([0.2, 0.3, 0.9])]]


BROKEN: dict[str, tuple[tuple[list[float], float, float], str]] = {
    "a class of -1 that scores": ((BOX, 0.8, -1), "-1 in a row that has a score"),
    "a class of -2": ((BOX, 0.8, -2), "-2 in a row that has a score"),
    "a score of -3": ((BOX, -3, 1), "scores lie in 0..1"),
    "a box of nan": ((NAN, 0.8, 1), "not finite"),
    "a score of nan": ((BOX, np.nan, 1), "not finite"),
    "a box of infinity without a score": (([0.1, 0.2, np.inf, 0.6], 0, 1), "not finite"),
    "a box of which a part is nan": (([0.1, np.nan, 0.5, 0.6], 0, 1), "not finite"),
    "a class of nan that scores": ((BOX, 0.8, np.nan), "not finite"),
    "a class between two": ((BOX, 0.8, 1.5), "1.5, which is no whole number"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_padding_is_still_refused(case: str) -> None:
    row, message = BROKEN[case]
    with pytest.raises(NotADetection, match=message):
        detect(outputs((BOX, 0.9, 3), row, (NONE, -1, -1)), declared=WITHOUT_COUNT)
