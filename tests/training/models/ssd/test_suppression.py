import numpy as np
import numpy.typing as npt
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


def test_boxes_end_where_the_image_does() -> None:
    scores = tf.constant([[[0.0], [0.0], [0.9], [0.0]]])
    found = suppress(BOXES, scores, SsdOptions())
    assert found.boxes_yxyx.numpy()[0, 0] == pytest.approx([0.6, 0.0, 1.0, 0.3])


def test_what_lies_outside_the_image_is_no_detection() -> None:
    beyond = tf.constant([[[-0.3, 0.1, 0.0, 0.5], [0.2, 1.0, 0.4, 1.4], [0.5, 0.9, 0.8, 1.1]]])
    found = suppress(beyond, tf.constant([[[0.9], [0.8], [0.7]]]), SsdOptions())
    assert found.counts.numpy().tolist() == [1]
    assert found.boxes_yxyx.numpy()[0, 0] == pytest.approx([0.5, 0.9, 0.8, 1.0])


def test_boxes_overlap_by_what_is_within_the_image() -> None:
    tall, taller = [0.8, 0.2, 1.1, 0.4], [0.8, 0.2, 1.9, 0.4]
    found = suppress(tf.constant([[tall, taller]]), tf.constant([[[0.9], [0.8]]]), SsdOptions())
    assert found.counts.numpy().tolist() == [1]


def test_nothing_found_is_all_zeros() -> None:
    found = suppress(BOXES, tf.zeros((1, 4, 2)), SsdOptions(detections=7))
    assert found.counts.numpy().tolist() == [0]
    assert found.boxes_yxyx.shape == (1, 7, 4)
    assert not found.scores.numpy().any()


def greedily(
    boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], iou: float, least: float
) -> list[tuple[int, int]]:
    """Box and class of what stays: the likeliest pair, and no other that overlaps it by more."""
    kept: list[tuple[int, int]] = []
    order = np.argsort(-scores, axis=None, kind="stable")
    for box, label in zip(*np.unravel_index(order, scores.shape), strict=True):
        if scores[box, label] <= least:
            break
        if all(overlap(boxes[box], boxes[other]) <= iou for other, _ in kept):
            kept.append((int(box), int(label)))
    return kept


def overlap(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = float(np.prod(np.maximum(sides, 0)))
    areas = [float(np.prod(each[2:] - each[:2])) for each in (one, other)]
    return both / (sum(areas) - both)


@pytest.mark.parametrize("least", [0.05, 0.6])
def test_across_classes_the_likeliest_stays_whatever_class_it_is(least: float) -> None:
    rng = np.random.default_rng(4)
    corners = rng.uniform(0, 0.7, (2, 60, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.1, 0.3, (2, 60, 2))], -1)
    scores = rng.uniform(0, 1, (2, 60, 3)).astype(np.float32)
    scores[1, 5:] = 0
    boxes = boxes.astype(np.float32)
    options = SsdOptions(nms_iou=0.3, class_agnostic_nms=True, detections=50, score_threshold=least)
    found = suppress(tf.constant(boxes), tf.constant(scores), options)
    for row in range(2):
        wanted = greedily(boxes[row], scores[row], 0.3, least)
        count = int(found.counts[row])
        assert count == len(wanted)
        places, labels = (np.array(each) for each in zip(*wanted, strict=True))
        assert np.array_equal(found.boxes_yxyx.numpy()[row, :count], boxes[row, places])
        assert np.array_equal(found.scores.numpy()[row, :count], scores[row, places, labels])
        assert found.classes.numpy()[row, :count].tolist() == labels.tolist()
        assert not found.scores.numpy()[row, count:].any()
        assert not found.classes.numpy()[row, count:].any()


@pytest.mark.parametrize("anchors", [3, 2000])
def test_across_classes_nothing_found_is_all_zeros(anchors: int) -> None:
    boxes = tf.tile(tf.constant([[[0.1, 0.1, 0.2, 0.2]]]), (1, anchors, 1))
    options = SsdOptions(detections=7, class_agnostic_nms=True)
    found = suppress(boxes, tf.zeros((1, anchors, 2)), options)
    assert found.counts.numpy().tolist() == [0]
    assert found.boxes_yxyx.shape == (1, 7, 4)
    assert not found.scores.numpy().any()
    assert not found.classes.numpy().any()
