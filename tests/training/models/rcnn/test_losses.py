import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from training.models.rcnn.losses import box_head_losses, mask_loss, proposal_losses
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.region_targets import RegionTargets
from training.models.ssd.box_coder import encode_boxes
from training.models.ssd.matching import AnchorTargets

Floats = npt.NDArray[np.float64]

PROPOSED = [[[0.1, 0.1, 0.5, 0.4], [0.5, 0.5, 1.0, 0.9], [0.0, 0.0, 0.2, 0.2]]]
OBJECTS = [[[0.1, 0.1, 0.6, 0.4], [0.5, 0.5, 0.9, 0.9], [0.0, 0.0, 1.0, 1.0]]]
SEED = tf.constant([1, 2])


def targets(*classes: int, sampled: tuple[bool, ...] = (True, True, True)) -> RegionTargets:
    return RegionTargets(
        tf.constant(PROPOSED),
        tf.constant([classes]),
        tf.constant(OBJECTS),
        tf.constant([[0, 1, 2]]),
        tf.constant([sampled]),
    )


def test_only_the_box_of_the_object_s_own_class_is_learned() -> None:
    right = encode_boxes(tf.constant(PROPOSED), tf.constant(OBJECTS)).numpy()
    encodings = np.full((1, 3, 2, 4), 9.0, np.float32)
    encodings[0, 0, 1], encodings[0, 1, 0] = right[0, 0], right[0, 1]
    losses = box_head_losses(
        tf.zeros((1, 3, 3)), tf.constant(encodings), targets(1, 0, -1), RcnnOptions()
    )
    assert float(losses["localization"]) == pytest.approx(0, abs=1e-5)
    assert float(losses["classification"]) == pytest.approx(np.log(3), rel=1e-5)


def test_a_class_with_weight_counts_more_and_what_fills_up_not_at_all() -> None:
    logits = tf.constant([[[0.0, 5.0, 0.0], [0.0, 0.0, 5.0], [90.0, 0.0, 0.0]]])
    encodings = tf.zeros((1, 3, 2, 4))
    sampled = (True, True, False)
    even = box_head_losses(logits, encodings, targets(0, 0, 0, sampled=sampled), RcnnOptions())
    weighed = box_head_losses(
        logits,
        encodings,
        targets(0, 1, 0, sampled=sampled),
        RcnnOptions(class_weights=(1.0, 3.0)),
    )
    assert float(even["classification"]) == pytest.approx(2.5, rel=0.02)
    assert float(weighed["classification"]) < 0.1


def test_an_anchor_that_is_neither_is_not_learned_from() -> None:
    anchors = tf.constant(PROPOSED[0])
    anchor_targets = AnchorTargets(
        tf.constant(OBJECTS), tf.constant([[0, -1, -1]]), tf.constant([[1.0, 1.0, 0.0]])
    )
    wanted = encode_boxes(anchors, tf.constant(OBJECTS))
    losses = proposal_losses(
        tf.constant([[20.0, -20.0, 20.0]]), wanted, anchors, anchor_targets, RcnnOptions(), SEED
    )
    assert float(losses["proposal_classification"]) == pytest.approx(0, abs=1e-5)
    assert float(losses["proposal_localization"]) == pytest.approx(0, abs=1e-5)


def test_a_mask_costs_where_its_own_class_is_wrong() -> None:
    truth = np.zeros((1, 2, 4, 4), np.float32)
    truth[0, 0, :2] = 1
    logits = np.full((1, 2, 4, 4, 2), 50.0, np.float32)
    logits[0, 0, ..., 1] = np.where(truth[0, 0] > 0, 20, -20)
    weights = tf.constant([[1.0, 0.0]])
    own = mask_loss(tf.constant(logits), tf.constant(truth), tf.constant([[1, 0]]), weights)
    other = mask_loss(tf.constant(logits), tf.constant(truth), tf.constant([[0, 0]]), weights)
    assert float(own) == pytest.approx(0, abs=1e-5)
    assert float(other) == pytest.approx(25, rel=1e-3)


def test_without_objects_only_background_costs() -> None:
    losses = box_head_losses(
        tf.zeros((1, 3, 3)), tf.ones((1, 3, 2, 4)), targets(-1, -1, -1), RcnnOptions()
    )
    assert float(losses["localization"]) == 0
    assert float(losses["classification"]) > 0


def differences(start: Floats, boxes: Floats) -> Floats:
    """Of boxes from where they start: [y, x, log height, log width], as in the papers."""
    (size, wanted), (middle, goal) = (
        (each[..., 2:] - each[..., :2] for each in (start, boxes)),
        ((each[..., 2:] + each[..., :2]) / 2 for each in (start, boxes)),
    )
    return np.concatenate([(goal - middle) / size, np.log(wanted / size)], axis=-1)


def smooth_l1(error: Floats, beta: float) -> float:
    """As torchvision and Detectron2 compute it, added up."""
    size = np.abs(error)
    return float(np.where(size < beta, 0.5 * size**2 / beta, size - 0.5 * beta).sum())


def test_the_boxes_of_the_head_weigh_what_torchvision_and_detectron2_say() -> None:
    rng = np.random.default_rng(5)
    moved = rng.normal(0, 1.5, (1, 3, 2, 4)).astype(np.float32)
    losses = box_head_losses(
        tf.zeros((1, 3, 3)), tf.constant(moved), targets(1, -1, -1), RcnnOptions()
    )
    # Offsets count tenfold, sizes fivefold; by all three that are sampled, not by the one object.
    wanted = differences(np.array(PROPOSED)[0, 0], np.array(OBJECTS)[0, 0]) * [10, 10, 5, 5]
    expected = smooth_l1(moved[0, 0, 1] - wanted, 1.0) / 3
    assert float(losses["localization"]) == pytest.approx(expected, rel=1e-4)


def test_the_boxes_of_proposals_weigh_what_torchvision_says() -> None:
    anchors = np.array(PROPOSED[0])
    rng = np.random.default_rng(6)
    moved = rng.normal(0, 0.3, (1, 3, 4))
    losses = proposal_losses(
        tf.zeros((1, 3)),
        # What the network says is in the coder's tenths and fifths.
        tf.constant(moved * [10, 10, 5, 5], tf.float32),
        tf.constant(anchors, tf.float32),
        AnchorTargets(tf.constant(OBJECTS), tf.constant([[-1, 0, -1]]), tf.ones((1, 3))),
        RcnnOptions(),
        SEED,
    )
    wanted = differences(anchors[1], np.array(OBJECTS)[0, 1])
    expected = smooth_l1(moved[0, 1] - wanted, 1 / 9) / 3
    assert float(losses["proposal_localization"]) == pytest.approx(expected, rel=1e-4)
    assert float(losses["proposal_classification"]) == pytest.approx(np.log(2), rel=1e-5)
