import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.ssd.matching import AnchorTargets, match

# Four tall quarters of an image that is twice as wide as it is high, and a small box.
ANCHORS = tf.constant(
    [[0.0, 0.0, 1.0, 0.25], [0.0, 0.25, 1.0, 0.5], [0.0, 0.5, 1.0, 0.75], [0.0, 0.75, 1.0, 1.0],
     [0.4, 0.4, 0.6, 0.45]]
)  # fmt: skip
SIZE = (32, 64)


def matched(*objects: tuple[int, tuple[float, float, float, float], bool]) -> AnchorTargets:
    return match(ANCHORS, a_batch([objects], SIZE), matched_iou=0.5, unmatched_iou=0.4)


def test_an_anchor_finds_the_object_that_it_overlaps_most() -> None:
    targets = matched((1, (0, 0, 1, 0.25), False), (0, (0, 0.5, 0.9, 0.75), False))
    assert targets.classes.numpy().tolist() == [[1, -1, 0, -1, -1]]
    assert targets.boxes_yxyx.numpy()[0, 2] == pytest.approx([0, 0.5, 0.9, 0.75])
    assert targets.trained.numpy().tolist() == [[1, 1, 1, 1, 1]]


def test_an_object_that_no_anchor_overlaps_much_gets_the_one_that_overlaps_it_most() -> None:
    targets = matched((1, (0.0, 0.8, 0.2, 0.9), False))
    assert targets.classes.numpy().tolist() == [[-1, -1, -1, 1, -1]]


def test_an_anchor_between_the_two_thresholds_is_not_trained() -> None:
    # IoU 0.25 * 0.45 / 0.25 with the first anchor, 1 with the small one.
    targets = matched((0, (0, 0, 0.45, 0.25), False), (1, (0.0, 0.05, 0.4, 0.06), False))
    overlapping = match(
        ANCHORS,
        a_batch([[(0, (0, 0, 0.45, 0.25), False), (0, (0, 0, 0.98, 0.25), False)]], SIZE),
        matched_iou=0.99,
        unmatched_iou=0.4,
    )
    assert targets.trained.numpy()[0, 1:].tolist() == [1, 1, 1, 1]
    assert overlapping.classes.numpy()[0, 0] == 0
    middle = match(
        ANCHORS,
        a_batch([[(0, (0.0, 0.25, 1.0, 0.5), False), (0, (0.0, 0.02, 1.0, 0.52), False)]], SIZE),
        matched_iou=0.9,
        unmatched_iou=0.4,
    )
    assert middle.classes.numpy()[0, :2].tolist() == [-1, 0]
    assert middle.trained.numpy()[0, :2].tolist() == [0, 1]


def test_two_objects_with_the_same_best_anchor_leave_it_to_the_first() -> None:
    targets = matched((0, (0, 0.75, 1, 0.9), False), (1, (0, 0.75, 1, 0.9), False))
    assert targets.classes.numpy().tolist() == [[-1, -1, -1, 0, -1]]


def test_an_anchor_inside_of_what_is_ignored_is_neither_object_nor_background() -> None:
    targets = matched((0, (0, 0, 1, 0.25), False), (1, (0, 0.3, 1, 0.8), True))
    assert targets.classes.numpy().tolist() == [[0, -1, -1, -1, -1]]
    assert targets.trained.numpy().tolist() == [[1, 0, 0, 1, 0]]


def test_padding_is_matched_with_nothing() -> None:
    batch = a_batch([[], [(1, (0, 0.25, 1, 0.5), False)]], SIZE)
    targets = match(ANCHORS, batch, matched_iou=0.5, unmatched_iou=0.5)
    assert targets.classes.numpy().tolist() == [[-1] * 5, [-1, 1, -1, -1, -1]]
    assert targets.trained.numpy().all()


def test_a_batch_without_objects_is_all_background() -> None:
    targets = match(ANCHORS, a_batch([[], []], SIZE), matched_iou=0.5, unmatched_iou=0.5)
    assert targets.boxes_yxyx.shape == (2, 5, 4)
    assert (targets.classes.numpy() == -1).all()
    assert targets.trained.numpy().all()
