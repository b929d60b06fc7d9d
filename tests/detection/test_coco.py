import json

import numpy as np

from detection.coco import coco_results
from detection.detections import Detections


def test_a_result_has_pixels_of_the_picture_and_plain_numbers() -> None:
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
