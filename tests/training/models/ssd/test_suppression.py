import pytest
import tensorflow as tf

from training.models.ssd.options import SsdOptions
from training.models.ssd.suppression import suppress

BOXES = tf.constant(
    [[[0.0, 0.1, 0.5, 0.9], [0.01, 0.1, 0.5, 0.9], [0.6, 0.0, 1.2, 0.3], [0.2, 0.2, 0.3, 0.3]]]
)


def test_of_two_that_overlap_the_better_stays_and_classes_are_apart() -> None:
    scores = tf.constant([[[0.7, 0.0], [0.9, 0.6], [0.2, 0.0], [0.0, 0.0]]])
    found = suppress(BOXES, scores, SsdOptions(detections=5))
    assert found.counts.numpy().tolist() == [3]
    assert found.scores.numpy()[0] == pytest.approx([0.9, 0.6, 0.2, 0, 0])
    assert found.classes.numpy()[0, :3].tolist() == [0, 1, 0]
    assert found.boxes_yxyx.numpy()[0, 0] == pytest.approx([0.01, 0.1, 0.5, 0.9])


def test_boxes_end_where_the_picture_does() -> None:
    scores = tf.constant([[[0.0], [0.0], [0.9], [0.0]]])
    found = suppress(BOXES, scores, SsdOptions())
    assert found.boxes_yxyx.numpy()[0, 0] == pytest.approx([0.6, 0.0, 1.0, 0.3])


def test_what_lies_outside_the_picture_is_no_detection() -> None:
    beyond = tf.constant([[[-0.3, 0.1, 0.0, 0.5], [0.2, 1.0, 0.4, 1.4], [0.5, 0.9, 0.8, 1.1]]])
    found = suppress(beyond, tf.constant([[[0.9], [0.8], [0.7]]]), SsdOptions())
    assert found.counts.numpy().tolist() == [1]
    assert found.boxes_yxyx.numpy()[0, 0] == pytest.approx([0.5, 0.9, 0.8, 1.0])


def test_boxes_overlap_by_what_is_within_the_picture() -> None:
    tall, taller = [0.8, 0.2, 1.1, 0.4], [0.8, 0.2, 1.9, 0.4]
    found = suppress(tf.constant([[tall, taller]]), tf.constant([[[0.9], [0.8]]]), SsdOptions())
    assert found.counts.numpy().tolist() == [1]


def test_nothing_found_is_all_zeros() -> None:
    found = suppress(BOXES, tf.zeros((1, 4, 2)), SsdOptions(detections=7))
    assert found.counts.numpy().tolist() == [0]
    assert found.boxes_yxyx.shape == (1, 7, 4)
    assert not found.scores.numpy().any()
