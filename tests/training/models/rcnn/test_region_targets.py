import numpy as np
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import Proposals
from training.models.rcnn.region_targets import mask_targets, region_targets

SEED = tf.constant([1, 2])
OPTIONS = RcnnOptions(roi_samples=8, roi_positive_share=0.5)
HERE, THERE = (0.1, 0.1, 0.5, 0.4), (0.5, 0.5, 1.0, 0.9)


def proposals(*boxes: tuple[float, float, float, float], real: int | None = None) -> Proposals:
    count = len(boxes) if real is None else real
    return Proposals(tf.constant([boxes], tf.float32), tf.constant([count]))


def test_an_object_is_learned_from_even_where_nothing_was_proposed() -> None:
    batch = a_batch([[(1, HERE, False), (0, THERE, False)]], (64, 96))
    found = region_targets(proposals((0.0, 0.9, 0.1, 1.0)), batch, OPTIONS, SEED)
    classes = found.classes.numpy()[0]
    assert sorted(classes[:2]) == [0, 1]
    assert (classes[2:] == -1).all()
    np.testing.assert_allclose(found.boxes_yxyx[0, :2], found.object_boxes_yxyx[0, :2])
    assert found.are_sampled.numpy()[0].sum() == 3


def test_what_only_fills_up_is_not_sampled() -> None:
    batch = a_batch([[(0, HERE, False)]], (64, 96))
    found = region_targets(proposals((0, 0, 0, 0), THERE, real=0), batch, OPTIONS, SEED)
    assert found.are_sampled.numpy().sum() == 1


def test_an_ignored_object_is_neither_object_nor_background() -> None:
    batch = a_batch([[(0, HERE, True)]], (64, 96))
    found = region_targets(proposals(HERE, THERE), batch, OPTIONS, SEED)
    assert found.are_sampled.numpy().sum() == 1
    np.testing.assert_allclose(found.boxes_yxyx[0, 0], THERE)
    assert (found.classes.numpy() == -1).all()


def test_a_batch_without_objects_gives_background_alone() -> None:
    found = region_targets(proposals(HERE, THERE), a_batch([[]], (64, 96)), OPTIONS, SEED)
    assert found.are_sampled.numpy().sum() == 2
    assert (found.classes.numpy() == -1).all()


def test_a_proposal_sees_the_mask_of_its_own_object() -> None:
    masks = np.zeros((1, 2, 40, 60), np.uint8)
    masks[0, 1, 10:30, 15:45] = 1
    boxes = tf.constant([[[0.25, 0.25, 0.75, 0.75], [0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 1.0, 1.0]]])
    places = tf.constant([[1, 1, 0]])
    covered, weights = mask_targets(boxes, places, tf.constant(masks), 4)
    assert covered.numpy()[0, 0].all()
    np.testing.assert_array_equal(
        covered.numpy()[0, 1], [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    )
    np.testing.assert_array_equal(weights, [[1, 1, 0]])


def test_a_mask_of_one_pixel_is_seen_by_its_box() -> None:
    masks = np.zeros((1, 1, 40, 60), np.uint8)
    masks[0, 0, 20, 30] = 1
    boxes = tf.constant([[[20 / 40, 30 / 60, 21 / 40, 31 / 60]]])
    covered, weights = mask_targets(boxes, tf.constant([[0]]), tf.constant(masks), 28)
    assert weights.numpy() == 1
    # Between pixels a mask is interpolated: the pixel's middle is covered, its rim half.
    assert covered.numpy()[0, 0, 7:21, 7:21].all()


def test_no_object_has_no_mask() -> None:
    boxes, places = tf.zeros((1, 3, 4)), tf.zeros((1, 3), tf.int32)
    covered, weights = mask_targets(boxes, places, tf.zeros((1, 0, 40, 60), tf.uint8), 28)
    assert covered.shape == (1, 3, 28, 28)
    assert float(tf.reduce_sum(weights)) == 0


def test_an_object_cut_by_the_edge_is_covered_up_to_it() -> None:
    masks = np.zeros((1, 2, 64, 96), np.uint8)
    masks[0, 0, :12, :20] = masks[0, 1, -12:, -20:] = 1
    boxes = tf.constant([[[0, 0, 12 / 64, 20 / 96], [52 / 64, 76 / 96, 1, 1]]], tf.float32)
    covered, _ = mask_targets(boxes, tf.constant([[0, 1]]), tf.constant(masks), 28)
    # On the other two sides the outermost point is less than half a pixel from what is not covered.
    assert covered.numpy()[0, 0, :27, :27].all()
    assert covered.numpy()[0, 1, 1:, 1:].all()
