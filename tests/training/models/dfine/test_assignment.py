import numpy as np
import tensorflow as tf

from training.models.dfine.assignment import assign


def test_each_object_gets_the_query_that_lies_on_it() -> None:
    boxes = np.array([[0.2, 0.3, 0.2, 0.2], [0.7, 0.6, 0.3, 0.2], [0.5, 0.5, 0.1, 0.1]], np.float32)
    objects = boxes[[1, 0]]
    chosen = assign(
        tf.zeros((1, 1, 3, 2)),
        tf.constant(boxes[None, None]),
        tf.constant([[0, 1]]),
        tf.constant(objects[None]),
        tf.constant([[True, True]]),
    )
    assert chosen.numpy().tolist() == [[[1, 0]]]


def test_between_two_on_the_same_place_the_class_decides() -> None:
    boxes = np.full((1, 1, 2, 4), 0.5, np.float32)
    logits = np.array([[[[3.0, -3], [-3, 3]]]], np.float32)
    objects = tf.constant(boxes[:, 0])
    classes = tf.constant([[1, 0]])
    chosen = assign(
        tf.constant(logits), tf.constant(boxes), classes, objects, tf.constant([[True, True]])
    )
    assert chosen.numpy().tolist() == [[[1, 0]]]


def test_what_is_not_wanted_and_what_is_too_much_gets_none() -> None:
    boxes = tf.fill((1, 1, 1, 4), 0.5)
    objects = tf.constant([[[0.1, 0.1, 0.1, 0.1], [0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]])
    wanted = tf.constant([[True, True, False]])
    chosen = assign(tf.zeros((1, 1, 1, 2)), boxes, tf.constant([[0, 0, 0]]), objects, wanted)
    assert chosen.numpy().tolist() == [[[-1, 0, -1]]]


def test_predictions_that_are_no_numbers_do_not_stop_it() -> None:
    boxes = tf.fill((1, 1, 2, 4), float("nan"))
    wanted = tf.constant([[True]])
    chosen = assign(
        tf.zeros((1, 1, 2, 1)), boxes, tf.constant([[0]]), tf.fill((1, 1, 4), 0.5), wanted
    )
    assert chosen.numpy()[0, 0, 0] in (0, 1)
