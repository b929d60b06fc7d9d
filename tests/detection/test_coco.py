import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detection.coco import coco_results
from detection.detections import Detections
from detection.scores import exact_score


def test_a_result_has_pixels_of_the_image_and_plain_numbers() -> None:
    found = Detections(
        np.array([[0.25, 0.5, 0.75, 1.0], [0.0, -0.1, 0.5, 0.25]], np.float32),
        np.array([0.5, 0.9], np.float32),
        np.array([4, 1]),
    )
    results = coco_results(found, width=640, height=480, image_id=7)
    assert json.loads(json.dumps(results)) == [
        {"image_id": 7, "category_id": 1, "bbox": [0.0, 0.0, 160.0, 240.0], "score": 0.9},
        {"image_id": 7, "category_id": 4, "bbox": [320.0, 120.0, 320.0, 240.0], "score": 0.5},
    ]


def test_nothing_found_is_an_empty_list() -> None:
    nothing = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0))  # type: ignore[arg-type]
    assert coco_results(nothing, width=640, height=480, image_id=1) == []


@given(st.floats(0, 1, width=32))
def test_a_score_that_is_sent_back_as_threshold_selects_its_detection(score: float) -> None:
    found = Detections(np.zeros((1, 4), np.float32), np.array([score], np.float32), np.array([1]))
    answered = exact_score(found.scores[0])
    assert len(found.select(score_threshold=answered)) == 1
    assert len(str(answered)) <= 14
