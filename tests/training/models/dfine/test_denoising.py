"""Noisy queries against plain NumPy, and what their losses are where the answer is known."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from tests.support.keras_hub_files import TINY_DFINE
from tests.training.models.batches import batch_of_rectangles
from training.input_pipeline.batch import Batch
from training.models.dfine.denoising import HIDDEN, NoisyQueries, attention_mask, noisy_queries
from training.models.dfine.detector import DfineDetector, build_detector
from training.models.dfine.losses import denoising_loss, objects_of
from training.models.dfine.options import DfineOptions

SIZE_HW, CLASSES, MOST = (64, 96), 5, 20
LEFT, RIGHT = (0.3, 0.1, 0.6, 0.3), (0.2, 0.5, 0.7, 0.8)
MIDDLE, CROWD = (0.4, 0.35, 0.5, 0.65), (0.0, 0.0, 1.0, 0.4)


def three_images(**changes: Any) -> tuple[Batch, NoisyQueries]:
    """Three objects and a crowd between them, one object, none."""
    batch = a_batch(
        [[(1, LEFT, False), (0, CROWD, True), (2, RIGHT, False), (4, MIDDLE, False)],
         [(3, MIDDLE, False)], []], SIZE_HW,
    )  # fmt: skip
    objects = objects_of(batch)
    chosen = {"most": MOST, "label_noise": 0.5, "box_noise": 1.0, **changes}
    noisy = noisy_queries(objects.classes, objects.boxes_xywh, objects.wanted, CLASSES, **chosen)
    return batch, NoisyQueries(*(each.numpy() for each in noisy))


def corners_of(xywh: Any) -> Any:
    return np.concatenate(
        [xywh[..., :2] - xywh[..., 2:] / 2, xywh[..., :2] + xywh[..., 2:] / 2], -1
    )


def test_groups_hold_each_object_twice_and_nothing_that_is_ignored() -> None:
    _, noisy = three_images()
    # Twenty positive ones hold six groups of three.
    assert noisy.groups == 6
    assert noisy.real.sum(1).tolist() == [6 * 3 * 2, 6 * 2, 0]
    assert noisy.positive.sum(1).tolist() == [6 * 3, 6, 0]
    for group in range(6):
        inside = noisy.group == group
        for of_kind in (noisy.positive, noisy.real & ~noisy.positive):
            origins = noisy.origin[0][inside & of_kind[0]]
            # The second of the four is the crowd.
            assert sorted(origins) == [0, 2, 3]
    assert (noisy.classes[~noisy.real] == -1).all()


def test_positive_boxes_stay_within_half_a_side_and_negative_ones_beyond() -> None:
    batch, noisy = three_images(most=300)
    boxes = objects_of(batch).boxes_xywh.numpy()
    for image in range(2):
        known = boxes[image][noisy.origin[image]]
        sides = np.tile(known[:, 2:], 2) / 2
        moved = corners_of(noisy.boxes_xywh[image]) - corners_of(known)
        positive = noisy.positive[image]
        # Corners that have not passed each other and were not cut.
        share = np.abs(moved) / sides
        assert share[positive].max() <= 1 + 1e-4
        assert share[positive].max() > 0.95
        assert share[positive].mean() == pytest.approx(0.5, abs=0.05)
        assert {-1.0, 1.0} == set(np.sign(moved[positive]).ravel())
        inside = (noisy.boxes_xywh[image] >= 0).all() and (noisy.boxes_xywh[image] <= 1).all()
        assert inside
        negative = noisy.real[image] & ~positive
        far = np.abs(corners_of(noisy.boxes_xywh[image]) - corners_of(known))[negative]
        # Grown on both sides: by half a side to a whole one, unless the image ends there.
        grown = (moved[negative][:, :2] < 0).all(1) & (moved[negative][:, 2:] > 0).all(1)
        at_edge = np.isclose(corners_of(noisy.boxes_xywh[image])[negative], [0, 0, 1, 1]).any(1)
        chosen = grown & ~at_edge
        assert chosen.any()
        assert (far[chosen] >= sides[negative][chosen] - 1e-4).all()
        assert (far[chosen] <= 2 * sides[negative][chosen] + 1e-4).all()


def test_a_quarter_is_told_any_class_at_random() -> None:
    batch, noisy = three_images(most=900)
    known = objects_of(batch).classes.numpy()
    for image in range(2):
        real = noisy.real[image]
        told, true = noisy.classes[image][real], known[image][noisy.origin[image]][real]
        # One in five of the random ones is right.
        assert (told != true).mean() == pytest.approx(0.25 * 0.8, abs=0.04)
        assert set(told) == set(range(CLASSES))


def test_without_noise_the_queries_are_the_objects() -> None:
    batch, noisy = three_images(label_noise=0.0, box_noise=0.0)
    objects = objects_of(batch)
    real = noisy.real[0]
    known = objects.boxes_xywh.numpy()[0][noisy.origin[0]]
    np.testing.assert_allclose(noisy.boxes_xywh[0][real], known[real], atol=1e-6)
    classes = objects.classes.numpy()[0][noisy.origin[0]]
    assert (noisy.classes[0][real] == classes[real]).all()


def test_of_more_objects_than_there_is_room_for_the_first_are_taken() -> None:
    _, noisy = three_images(most=2)
    assert noisy.groups == 1
    assert sorted(noisy.origin[0][noisy.positive[0]]) == [0, 2]


def test_the_same_batch_gets_the_same_noise_and_another_image_another() -> None:
    one, again = three_images()[1], three_images()[1]
    assert (one.boxes_xywh == again.boxes_xywh).all()
    batch, _ = three_images()
    moved = batch.copy()
    moved["boxes_yxyx"] = batch["boxes_yxyx"] + 0.001
    objects = objects_of(moved)
    other = noisy_queries(
        objects.classes, objects.boxes_xywh, objects.wanted, CLASSES, most=MOST, label_noise=0.5,
        box_noise=1.0,
    )  # fmt: skip
    real = one.real[0]
    assert np.abs(other.boxes_xywh.numpy() - one.boxes_xywh)[0][real].mean() > 0.01


def test_groups_see_themselves_and_what_finds_objects_sees_no_group() -> None:
    _, noisy = three_images()
    queries, count = 7, 2 * MOST
    mask = attention_mask(NoisyQueries(*map(tf.constant, noisy)), queries).numpy()
    assert mask.shape == (3, count + queries, count + queries)
    sees = mask == 0
    assert set(np.unique(mask)) == {HIDDEN, 0.0}
    for image in range(3):
        assert not sees[image, count:, :count].any()
        assert sees[image, :, count:].all()
        for row in range(count):
            wanted = noisy.real[image] & (noisy.group == noisy.group[row])
            assert (sees[image, row, :count] == wanted).all()


def test_what_is_put_right_costs_next_to_nothing_and_what_is_not_costs_more() -> None:
    batch, noisy = three_images()
    objects = objects_of(batch)
    queries = NoisyQueries(*map(tf.constant, noisy))

    def loss(boxes: Any, classes: Any, box_weight: float = 5.0) -> float:
        options = DfineOptions(
            box_weight=box_weight, distribution_weight=0.0, distillation_weight=0.0
        )
        logits = np.where(np.eye(CLASSES)[classes] * noisy.positive[..., None] > 0, 20.0, -20.0)
        outputs = {
            "intermediate_logits": np.stack([logits] * 3, 1),
            "intermediate_reference_points": np.stack([boxes] * 3, 1),
            "intermediate_predicted_corners": np.zeros((3, 3, 2 * MOST, 4 * 33)),
            "initial_reference_points": np.stack([boxes] * 3, 1),
        }
        told = {name: tf.constant(each, tf.float32) for name, each in outputs.items()}
        return float(denoising_loss(told, queries, objects, options))

    rows = np.arange(3)[:, None]
    boxes = objects.boxes_xywh.numpy()[rows, noisy.origin]
    classes = objects.classes.numpy()[rows, noisy.origin]
    assert loss(boxes, classes) == pytest.approx(0, abs=1e-4)
    # The boxes of each of three layers are off by 0.01, whose L1 counts 5 for each object.
    shifted = boxes + np.array([0.01, 0, 0, 0])
    distance = loss(shifted, classes) - loss(shifted, classes, box_weight=0.0)
    assert distance == pytest.approx(3 * 5 * 0.01, rel=1e-3)
    assert loss(boxes, (classes + 1) % CLASSES) > 10
    # What is padded may say what it likes.
    noise = np.where(noisy.real[..., None], boxes, 0.3)
    assert loss(noise, classes) == pytest.approx(loss(boxes, classes), abs=1e-6)


@pytest.fixture(scope="module")
def detector() -> DfineDetector:
    return build_detector(TINY_DFINE, 2, SIZE_HW, {})


def test_the_queries_that_find_objects_say_the_same_beside_noisy_ones(
    detector: DfineDetector,
) -> None:
    batch = batch_of_rectangles(SIZE_HW)
    objects = objects_of(batch)

    def said(most: int, box_noise: float) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        noisy = noisy_queries(
            objects.classes, objects.boxes_xywh, objects.wanted, 2, most=most, label_noise=0.5,
            box_noise=box_noise,
        )  # fmt: skip
        return detector._built.denoised(batch["images"], noisy)

    assert detector._built.front is not None
    # Batch norms by what they have seen, each time.
    detector.network.trainable = False
    try:
        network = detector.network(batch["images"], training=True)
        start = detector._built.front(batch["images"], training=True)
        alone = detector._inner.backbone.decoder(
            inputs_embeds=start["target"], encoder_hidden_states=start["memory"],
            reference_points=start["reference_points"], training=True,
            spatial_shapes=start["spatial_shapes"],
        )  # fmt: skip
        beside, of_noisy = said(10, 1.0)
        others, of_more = said(30, 0.2)
    finally:
        detector.network.trainable = True
    assert set(beside) == set(network)
    np.testing.assert_allclose(beside["intermediate_logits"], alone[2], atol=1e-5)
    np.testing.assert_allclose(beside["intermediate_reference_points"], alone[3], atol=1e-5)
    for name, value in beside.items():
        np.testing.assert_allclose(others[name], value, atol=1e-5, err_msg=name)
        # The whole network rounds otherwise, which the decoder of random weights makes larger.
        np.testing.assert_allclose(network[name], value, atol=0.05, err_msg=name)
    assert of_more["intermediate_logits"].shape[2] == 60
    assert of_noisy["intermediate_logits"].shape[2] == 20


def test_denoising_is_left_out_where_the_options_say_so(detector: DfineDetector) -> None:
    batch = batch_of_rectangles(SIZE_HW)
    without = build_detector(TINY_DFINE, 2, SIZE_HW, {"denoising": 0})
    assert "denoising" in detector.losses(batch)
    assert "denoising" not in without.losses(batch)
    extra = {each.path for each in detector.network.weights} - {
        each.path for each in without.network.weights
    }
    assert {each.rpartition("/")[2] for each in extra} == {"table"}


def test_weights_of_before_denoising_are_read(detector: DfineDetector, tmp_path: Any) -> None:
    without = build_detector(TINY_DFINE, 2, SIZE_HW, {"denoising": 0})
    file = tmp_path / "model.weights.h5"
    without.network.save_weights(file)
    detector.network.load_weights(file)
    images = batch_of_rectangles(SIZE_HW)["images"]
    for own, other in zip(detector.detect(images), without.detect(images), strict=True):
        if own is not None:
            np.testing.assert_allclose(own, other, atol=1e-5)
