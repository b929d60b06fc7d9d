import numpy as np
import pytest

from detection.coco import coco_results
from detection.detections import Detections
from detection.kinds.keypoints.json_objects import keypoint_objects, parse_keypoints
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.label_map_text import format_label_map, parse_label_map

POINTS = np.random.default_rng(1).uniform(0, 1, (21, 3)).astype(np.float32)


def test_points_are_in_pixels_of_an_image_that_is_not_square() -> None:
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
        {KEYPOINTS: POINTS[None]},
    )
    [record] = coco_results(found, width=640, height=480, image_id=3)
    values = np.array(record["keypoints"]).reshape(21, 3)
    np.testing.assert_allclose(values[:, 0], POINTS[:, 1] * 640, atol=1e-3)
    np.testing.assert_allclose(values[:, 2], POINTS[:, 2], atol=1e-3)


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ((0, 1), ["nose", "tail", "keypoint_3"]),
        ((0, 2), ["nose", "keypoint_2", "tail"]),
        ((1, 3), ["nose", "keypoint_2", "tail"]),
        ((), ["keypoint_1", "keypoint_2", "keypoint_3"]),
    ],
)
def test_a_label_map_names_the_points_of_a_class(
    numbers: tuple[int, ...], names: list[str]
) -> None:
    named = " ".join(
        f"keypoints {{ id: {number} label: '{name}' }}"
        for number, name in zip(numbers, ("nose", "tail"), strict=False)
    )
    label_map = parse_label_map(f"item {{ id: 1 name: 'dog' {named} }}")
    assert parse_label_map(format_label_map(label_map)).keypoint_names(
        1, 3
    ) == label_map.keypoint_names(1, 3)
    points = np.zeros((3, 3), np.float32)
    objects = keypoint_objects(points, width=10, height=10, names=label_map.keypoint_names(1, 3))
    assert [each["name"] for each in objects] == names
    assert label_map.keypoint_names(2, 3) == (None,) * 3
