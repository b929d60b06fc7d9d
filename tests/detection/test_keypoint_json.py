import numpy as np
import pytest

from detection.coco import coco_results
from detection.detections import Detections
from detection.keypoint_json import keypoint_objects, parse_keypoints

POINTS = np.random.default_rng(1).uniform(0, 1, (21, 3)).astype(np.float32)


def test_points_are_in_pixels_of_a_picture_that_is_not_square() -> None:
    wrist = keypoint_objects(POINTS, width=640, height=480)[0]
    assert wrist["name"] == "wrist"
    assert wrist["x"] == pytest.approx(POINTS[0, 1] * 640, abs=0.01)
    assert wrist["y"] == pytest.approx(POINTS[0, 0] * 480, abs=0.01)


def test_they_come_back_as_they_were() -> None:
    objects = keypoint_objects(POINTS, width=640, height=480)
    np.testing.assert_allclose(parse_keypoints(objects, width=640, height=480), POINTS, atol=1e-4)


def test_coco_results_have_them_in_a_row() -> None:
    found = Detections(
        np.array([[0.1, 0.2, 0.5, 0.6]], np.float32),
        np.array([0.9], np.float32),
        np.array([1]),
        keypoints=POINTS[None],
    )
    [record] = coco_results(found, width=640, height=480, image_id=3)
    values = np.array(record["keypoints"]).reshape(21, 3)
    np.testing.assert_allclose(values[:, 0], POINTS[:, 1] * 640, atol=1e-3)
    np.testing.assert_allclose(values[:, 2], POINTS[:, 2], atol=1e-3)
