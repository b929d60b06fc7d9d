import math

import numpy as np
import pytest
import tensorflow as tf

from training.models.ssd.box_coder import encode_boxes
from training.models.ssd.losses import detection_losses
from training.models.ssd.matching import AnchorTargets
from training.models.ssd.options import SsdOptions

ANCHORS = tf.constant([[0.0, 0.0, 0.5, 0.25], [0.5, 0.5, 1.0, 0.75]])
TRUTH = tf.constant([[[0.1, 0.0, 0.5, 0.3], [0.0, 0.0, 0.0, 0.0]]])
SURE = 20.0


def targets(classes: list[int], trained: tuple[float, float] = (1, 1)) -> AnchorTargets:
    return AnchorTargets(TRUTH, tf.constant([classes]), tf.constant([trained], tf.float32))


def losses(
    logits: list[list[float]], wanted: AnchorTargets, encodings: tf.Tensor = None, **options: object
) -> dict[str, float]:
    boxes = encode_boxes(ANCHORS, TRUTH) if encodings is None else encodings
    found = detection_losses(boxes, tf.constant([logits]), ANCHORS, wanted, SsdOptions(**options))  # type: ignore[arg-type]
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("box_loss", ["huber", "ciou"])
def test_what_is_right_and_sure_costs_nothing(box_loss: str) -> None:
    found = losses([[-SURE, SURE], [-SURE, -SURE]], targets([1, -1]), box_loss=box_loss)
    assert found == pytest.approx({"classification": 0, "localization": 0}, abs=1e-5)


def test_the_focal_loss_is_that_of_its_paper() -> None:
    logit = math.log(0.3 / 0.7)
    found = losses([[logit, -SURE], [-SURE, -SURE]], targets([0, -1]))
    assert found["classification"] == pytest.approx(-0.25 * 0.7**2 * math.log(0.3), rel=1e-4)
    background = losses([[SURE, -SURE], [logit, -SURE]], targets([0, -1]))
    assert background["classification"] == pytest.approx(-0.75 * 0.3**2 * math.log(0.7), rel=1e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("logit", [17.0, 90.0])
def test_what_is_surer_than_float32_can_say_has_a_finite_slope(gamma: float, logit: float) -> None:
    options = SsdOptions(focal_gamma=gamma)
    logits = tf.constant([[[-logit, logit], [-logit, logit]]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        found = detection_losses(
            encode_boxes(ANCHORS, TRUTH), logits, ANCHORS, targets([1, -1]), options
        )
    slopes = tape.gradient(found["classification"], logits).numpy()[0]
    assert np.isfinite(slopes).all()
    # Where it is right, nothing is left to learn; where it is wrong, it learns whatever gamma.
    np.testing.assert_allclose(slopes[0], 0, atol=1e-6)
    assert slopes[1, 1] == pytest.approx(0.75, rel=1e-3)


def test_labels_are_smoothed_where_there_is_an_object_and_not_on_background() -> None:
    smooth = {"focal_gamma": 0.0, "focal_alpha": 0.5, "label_smoothing": 0.2}
    certain = losses([[SURE, -SURE], [-SURE, -SURE]], targets([0, -1]), **smooth)
    best = math.log(0.9 / 0.1)
    as_wanted = losses([[best, -best], [-SURE, -SURE]], targets([0, -1]), **smooth)
    entropy = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert as_wanted["classification"] == pytest.approx(0.5 * 2 * entropy, rel=1e-4)
    assert certain["classification"] > as_wanted["classification"]


def test_what_is_not_trained_costs_nothing() -> None:
    wrong = [[SURE, -SURE], [SURE, SURE]]
    assert losses(wrong, targets([0, -1], trained=(1, 0)))["classification"] == pytest.approx(0)
    assert losses(wrong, targets([0, -1]))["classification"] > 10


def test_the_box_of_background_costs_nothing_whatever_it_is() -> None:
    encodings = encode_boxes(ANCHORS, TRUTH) + tf.constant([[[0.0] * 4, [9.0] * 4]])
    logits = [[SURE, -SURE], [-SURE, -SURE]]
    for box_loss in ("huber", "ciou"):
        found = losses(logits, targets([0, -1]), encodings, box_loss=box_loss)
        assert found["localization"] == pytest.approx(0, abs=1e-5)


def test_the_box_loss_is_the_object_detection_apis() -> None:
    # Its SSD meta-architecture with `normalize_loss_by_num_matches` and, as in the configurations
    # of its feature pyramids, `normalize_loc_loss_by_codesize`; a smooth L1 of delta 1.
    shift = np.array([[[0.5, 3.0, 0.0, -0.2], [-1.5, 0.1, 0.0, 0.7]]], np.float32)
    wanted = AnchorTargets(
        tf.constant([[[0.1, 0.0, 0.5, 0.3], [0.5, 0.4, 0.9, 0.8]]]),
        tf.constant([[0, 1]]),
        tf.ones((1, 2)),
    )
    encodings = encode_boxes(ANCHORS, wanted.boxes_yxyx) + shift
    found = losses([[0.0, 0.0], [0.0, 0.0]], wanted, encodings)
    size = np.abs(shift)
    smooth_l1 = np.where(size <= 1, 0.5 * size**2, size - 0.5)
    matches, code_size = 2, 4
    assert found["localization"] == pytest.approx(smooth_l1.sum() / (matches * code_size), rel=1e-3)


def test_a_class_counts_as_its_weight_says() -> None:
    logits = [[0.0, 0.0], [-SURE, -SURE]]
    plain, weighted = (
        losses(logits, targets([1, -1]), class_weights=weights) for weights in ((), (1.0, 3.0))
    )
    assert weighted["classification"] == pytest.approx(3 * plain["classification"], rel=1e-4)


@pytest.mark.parametrize("box_loss", ["huber", "ciou"])
def test_without_objects_the_loss_and_its_gradients_are_finite(box_loss: str) -> None:
    encodings = tf.Variable(tf.zeros((1, 2, 4)))
    logits = tf.Variable(tf.zeros((1, 2, 2)))
    with tf.GradientTape() as tape:
        found = detection_losses(
            encodings, logits, ANCHORS, targets([-1, -1]), SsdOptions(box_loss=box_loss)
        )
        total = tf.add_n(list(found.values()))
    assert float(found["localization"]) == 0
    for gradient in tape.gradient(total, [encodings, logits]):
        assert np.isfinite(gradient.numpy()).all()
