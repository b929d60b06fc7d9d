import numpy as np
import pytest
import tensorflow as tf

from training.models.dfine.boxes import by_center, corners, iou


def test_corners_are_those_of_the_box_by_its_center() -> None:
    found = corners(tf.constant([[0.5, 0.4, 0.2, 0.4]])).numpy()
    np.testing.assert_allclose(found, [[0.4, 0.2, 0.6, 0.6]], atol=1e-6)


def test_boxes_are_those_of_their_corners_again() -> None:
    boxes = tf.constant([[0.5, 0.4, 0.2, 0.4]])
    np.testing.assert_allclose(by_center(corners(boxes)), boxes, atol=1e-6)


@pytest.mark.parametrize(
    ("other", "wanted"),
    [((0.0, 0.0, 2.0, 4.0), 1.0), ((1.0, 0.0, 3.0, 4.0), 1 / 3), ((5.0, 5.0, 6.0, 6.0), 0.0)],
)
def test_iou_is_what_is_shared_of_both(other: tuple[float, ...], wanted: float) -> None:
    found = iou(tf.constant([[0.0, 0.0, 2.0, 4.0]]), tf.constant([other]))
    np.testing.assert_allclose(found, [wanted], rtol=1e-6)


def test_boxes_without_an_area_have_no_iou() -> None:
    nothing = tf.zeros((1, 4))
    assert iou(nothing, nothing).numpy().tolist() == [0.0]
