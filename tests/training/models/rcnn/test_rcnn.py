from copy import copy
from dataclasses import replace

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from tests.training.models.overlaps import most_overlap
from tests.training.models.rcnn.batches import batch_of_ellipses
from tests.training.models.training_steps import gradients
from training.loop.schedules import set_batch_norm_momentum
from training.models.detector import ModelError
from training.models.rcnn.detector import RcnnDetector
from training.models.rcnn.options import RcnnOptions
from training.models.registry import MODELS, build_model

SIZE = (64, 96)
SMALL = {
    "pyramid_channels": 24, "box_head_width": 48, "mask_head_width": 12, "mask_head_depth": 1,
    "proposals": 30, "roi_samples": 20, "detections": 12, "proposals_before_nms": 60,
}  # fmt: skip
OBJECTS = [
    [(0, (0.1, 0.1, 0.6, 0.5), False), (1, (0.4, 0.6, 0.9, 0.95), False)],
    [(1, (0.2, 0.3, 0.8, 0.7), False)],
]
LOSSES = {"proposal_classification", "proposal_localization", "classification", "localization"}


def small(name: str = "mask", **options: object) -> RcnnDetector:
    built = build_model(
        f"{name}_rcnn_mobilenet_v3_small_fpn",
        class_count=2,
        input_size_hw=SIZE,
        options=SMALL | options,
    )
    assert isinstance(built, RcnnDetector)
    return built


@pytest.fixture(scope="module")
def detector() -> RcnnDetector:
    return small()


def test_from_random_weights_it_learns_what_a_few_images_show() -> None:
    keras.utils.set_random_seed(3)
    detector = small()
    # Few steps: the batch norms' moving statistics have to arrive.
    set_batch_norm_momentum(detector.network, 0.9)
    batch = batch_of_ellipses(OBJECTS, SIZE)
    optimizer = keras.optimizers.AdamW(1e-3, clipnorm=1.0)
    weights = detector.network.trainable_variables
    optimizer.build(weights)

    def step() -> None:
        slopes = gradients(detector, batch)[1]
        optimizer.apply_gradients(zip(slopes, weights, strict=True))

    compiled = tf.function(step)
    # Twice what it needs: what differs between machines is where in that time it learns.
    for _ in range(180):
        compiled()
    found = detector.detect(batch["images"])
    assert found.classes.numpy()[0, :2].tolist() in ([0, 1], [1, 0])
    assert found.classes.numpy()[1, 0] == 1
    assert found.scores.numpy()[[0, 0, 1], [0, 1, 0]].min() > 0.6
    np.testing.assert_allclose(found.boxes_yxyx[1, 0], OBJECTS[1][0][1], atol=0.06)
    assert found.masks is not None
    mask = found.masks.numpy()[1, 0] > 0.5
    ellipse = _ellipse(*mask.shape)
    assert mask.mean() == pytest.approx(np.pi / 4, abs=0.08)
    assert (mask & ellipse).sum() > 0.85 * (mask | ellipse).sum()


def _ellipse(height: int, width: int) -> npt.NDArray[np.bool_]:
    """(height, width) bool: the largest ellipse in there."""
    y, x = ((np.arange(n) + 0.5) * 2 / n - 1 for n in (height, width))
    return np.asarray(np.hypot(y[:, None], x) <= 1)


def test_every_weight_has_a_finite_gradient(detector: RcnnDetector) -> None:
    losses, slopes = gradients(detector, batch_of_ellipses(OBJECTS, SIZE))
    assert set(losses) == LOSSES | {"mask"}
    for variable, slope in zip(detector.network.trainable_variables, slopes, strict=True):
        assert slope is not None, variable.path
        assert np.isfinite(tf.convert_to_tensor(slope)).all(), variable.path


def test_a_batch_without_objects_costs_what_was_seen_in_it(detector: RcnnDetector) -> None:
    losses = detector.losses(batch_of_ellipses([[], []], SIZE))
    assert all(np.isfinite(value) for value in losses.values())
    assert float(losses["proposal_classification"]) > 0
    assert float(losses["localization"]) == float(losses["mask"]) == 0


def test_an_object_without_a_mask_teaches_boxes_alone(detector: RcnnDetector) -> None:
    batch = batch_of_ellipses(OBJECTS, SIZE)
    batch["masks"] = tf.zeros_like(batch["masks"])
    losses = detector.losses(batch)
    assert float(losses["mask"]) == 0
    assert float(losses["localization"]) > 0


def test_a_batch_without_masks_is_refused(detector: RcnnDetector) -> None:
    batch = batch_of_ellipses(OBJECTS, SIZE)
    del batch["masks"]
    with pytest.raises(ValueError, match="batches with masks"):
        detector.losses(batch)


def test_the_same_batch_costs_the_same_again(detector: RcnnDetector) -> None:
    batch = batch_of_ellipses(OBJECTS, SIZE)
    first, again = detector.losses(batch), detector.losses(batch)
    assert {name: float(value) for name, value in first.items()} == {
        name: float(value) for name, value in again.items()
    }


def test_detections_are_padded_and_inside_the_image(detector: RcnnDetector) -> None:
    found = detector.detect(batch_of_ellipses(OBJECTS, SIZE)["images"])
    assert found.boxes_yxyx.shape == (2, 12, 4)
    assert found.classes.dtype == tf.int32
    assert np.min(found.boxes_yxyx) >= 0
    assert np.max(found.boxes_yxyx) <= 1
    assert found.masks is not None
    assert found.masks.shape == (2, 12, 28, 28)
    assert found.masks.numpy().min() >= 0
    assert found.masks.numpy().max() <= 1


def test_every_weight_is_in_one_part(detector: RcnnDetector) -> None:
    in_parts = [
        weight.path
        for layers in detector.parts.values()
        for each in layers
        for weight in each.weights
    ]
    assert sorted(in_parts) == sorted(weight.path for weight in detector.network.weights)
    assert len(set(in_parts)) == len(in_parts)


def test_without_the_mask_branch_it_is_a_faster_rcnn() -> None:
    detector = small("faster")
    assert set(detector.losses(batch_of_ellipses(OBJECTS, SIZE))) == LOSSES
    assert detector.detect(tf.zeros((1, *SIZE, 3))).masks is None
    assert MODELS["faster_rcnn_mobilenet_v3_small_fpn"].kind == "boxes"
    assert MODELS["mask_rcnn_mobilenet_v3_small_fpn"].kind == "masks"


def test_the_network_called_goes_through_all_of_its_heads(detector: RcnnDetector) -> None:
    said = detector.network(tf.zeros((1, *SIZE, 3)))
    assert said["class_logits"].shape == (1, 30, 3)
    assert said["box_encodings"].shape == (1, 30, 2, 4)
    assert said["mask_logits"].shape == (1, 30, 28, 28, 2)


def test_the_large_one_looks_at_four_levels_from_stride_4() -> None:
    detector = build_model(
        "mask_rcnn_resnet50_fpn", class_count=2, input_size_hw=(64, 96), options={"proposals": 4}
    )
    anchors = 3 * (16 * 24 + 8 * 12 + 4 * 6 + 2 * 3 + 1 * 2)
    assert isinstance(detector, RcnnDetector)
    assert detector.network.anchors_yxyx.shape == (anchors, 4)
    # 44 million weights, as in the papers' implementations with a batch norm in the pyramid.
    assert 43e6 < detector.network.count_params() < 46e6


@pytest.mark.parametrize("size", [(80, 96), (16, 32)])
def test_sizes_that_the_pyramid_cannot_halve_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ModelError, match="needs sides of a multiple of 32 pixels, not"):
        build_model("faster_rcnn_mobilenet_v3_small_fpn", class_count=2, input_size_hw=size)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"detectionz": 3}, "there is no option 'detectionz'; there are width,"),
        ({"detections": 0}, "detections: a whole number above 0 was expected, but got 0"),
        ({"nms_iou": 1.5}, "nms_iou: a number in 0..1 was expected, but got 1.5"),
        ({"anchor_scale": "4"}, "anchor_scale: a number above 0 was expected, but got '4'"),
        ({"rpn_unmatched_iou": 0.9}, "rpn_unmatched_iou: at most rpn_matched_iou, 0.7 was"),
        ({"class_weights": [1.0]}, "class_weights: a number for each of the 2 classes"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        RcnnOptions.of(RcnnOptions(), options, class_count=2)


def test_where_classes_exclude_each_other_no_two_detections_overlap(
    detector: RcnnDetector,
) -> None:
    images = batch_of_ellipses(OBJECTS, SIZE)["images"]
    exclusive = copy(detector)
    exclusive.options = replace(detector.options, class_agnostic_nms=True, nms_iou=0.4)
    found = exclusive.detect(images)
    assert found.counts.numpy().min() > 1
    assert most_overlap(found) <= 0.4
    assert most_overlap(detector.detect(images)) > 0.4
