"""Denoising queries against plain NumPy, and the network with them."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from tests.support.keras_hub_files import TINY_DFINE
from tests.training.models.batches import batch_of_rectangles
from tests.training.models.dfine.denoising_batches import (
    CLASSES,
    LEFT,
    MIDDLE,
    MOST,
    SIZE_HW,
    a_batch_of_three,
    corners_of,
    drawn,
    three_images,
)
from training.loop.checkpoints import Trained
from training.models.detector import parameters_in_use
from training.models.dfine.denoising import (
    HIDDEN,
    DenoisingQueries,
    attention_mask,
)
from training.models.dfine.detector import DfineDetector, build_detector
from training.models.dfine.network import outputs_beside
from training.models.dfine.objects import objects_of


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
    batch, noisy = three_images(num_denoising=300)
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


def test_a_quarter_has_a_class_drawn_at_random() -> None:
    batch, noisy = three_images(num_denoising=900)
    known = objects_of(batch).classes.numpy()
    for image in range(2):
        real = noisy.real[image]
        drawn_class, true = noisy.classes[image][real], known[image][noisy.origin[image]][real]
        # One in five of the random ones is right.
        assert (drawn_class != true).mean() == pytest.approx(0.25 * 0.8, abs=0.04)
        assert set(drawn_class) == set(range(CLASSES))


def test_without_noise_the_queries_are_the_objects() -> None:
    batch, noisy = three_images(label_noise_ratio=0.0, box_noise_scale=0.0)
    objects = objects_of(batch)
    real = noisy.real[0]
    known = objects.boxes_xywh.numpy()[0][noisy.origin[0]]
    np.testing.assert_allclose(noisy.boxes_xywh[0][real], known[real], atol=1e-6)
    classes = objects.classes.numpy()[0][noisy.origin[0]]
    assert (noisy.classes[0][real] == classes[real]).all()


def test_of_more_objects_than_there_is_room_for_the_first_are_taken() -> None:
    _, noisy = three_images(num_denoising=2)
    assert noisy.groups == 1
    assert sorted(noisy.origin[0][noisy.positive[0]]) == [0, 2]


def test_each_draw_is_another_and_a_restored_seed_draws_the_same_again() -> None:
    objects = objects_of(a_batch_of_three())
    seeds = keras.random.SeedGenerator(3)
    before = seeds.state.numpy()
    first, second = drawn(objects, seeds=seeds), drawn(objects, seeds=seeds)
    real = first.real.numpy()[0]
    moved = np.abs(first.boxes_xywh.numpy() - second.boxes_xywh.numpy())[0][real]
    assert moved.mean() > 0.01
    seeds.state.assign(before)
    again = drawn(objects, seeds=seeds)
    assert (again.boxes_xywh.numpy() == first.boxes_xywh.numpy()).all()
    assert (again.classes.numpy() == first.classes.numpy()).all()


def test_groups_see_themselves_and_what_finds_objects_sees_no_group() -> None:
    _, noisy = three_images()
    queries, count = 7, 2 * MOST
    mask = attention_mask(DenoisingQueries(*map(tf.constant, noisy)), queries).numpy()
    assert mask.shape == (3, count + queries, count + queries)
    sees = mask == 0
    assert set(np.unique(mask)) == {HIDDEN, 0.0}
    for image in range(3):
        assert not sees[image, count:, :count].any()
        assert sees[image, :, count:].all()
        for row in range(count):
            wanted = noisy.real[image] & (noisy.group == noisy.group[row])
            assert (sees[image, row, :count] == wanted).all()


@pytest.fixture(scope="module")
def detector() -> DfineDetector:
    return build_detector(TINY_DFINE, 2, SIZE_HW, {})


@pytest.mark.parametrize("images", [1, 2, 3])
def test_the_queries_that_find_objects_say_the_same_beside_denoising_queries(
    detector: DfineDetector, images: int
) -> None:
    batch = a_batch([[(0, LEFT, False), (1, MIDDLE, False)]] * images, SIZE_HW)
    objects, built = objects_of(batch), detector._built
    assert built.denoising is not None

    def beside(**options: Any) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
        assert built.denoising is not None
        queries = drawn(objects, 2, **options)
        return outputs_beside(built, built.denoising, batch["images"], queries)

    # Batch norms by what they have seen, each time.
    detector.network.trainable = False
    try:
        alone = detector.network(batch["images"], training=True)
        own, of_few = beside(num_denoising=10, box_noise_scale=1.0)
        others, of_many = beside(num_denoising=30, box_noise_scale=0.2)
    finally:
        detector.network.trainable = True
    assert set(own) == set(alone)
    for name, value in alone.items():
        np.testing.assert_allclose(own[name], value, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(others[name], value, atol=1e-5, err_msg=name)
    assert of_few["intermediate_logits"].shape[:3] == (images, 3, 20)
    assert of_many["intermediate_logits"].shape[:3] == (images, 3, 60)


def test_denoising_is_left_out_where_the_options_say_so(detector: DfineDetector) -> None:
    batch = batch_of_rectangles(SIZE_HW)
    without = build_detector(TINY_DFINE, 2, SIZE_HW, {"num_denoising": 0})
    assert "denoising" in detector.losses(batch)
    assert "denoising" not in without.losses(batch)
    extra = {each.path for each in detector.network.weights} - {
        each.path for each in without.network.weights
    }
    assert {each.rpartition("/")[2] for each in extra} == {"table"}


def test_weights_of_before_denoising_are_read(detector: DfineDetector, tmp_path: Any) -> None:
    without = build_detector(TINY_DFINE, 2, SIZE_HW, {"num_denoising": 0})
    file = tmp_path / "model.weights.h5"
    without.network.save_weights(file)
    detector.network.load_weights(file)
    images = batch_of_rectangles(SIZE_HW)["images"]
    for own, other in zip(detector.detect(images), without.detect(images), strict=True):
        if own is not None:
            np.testing.assert_allclose(own, other, atol=1e-5)


def test_a_card_does_not_count_what_only_denoising_needs(detector: DfineDetector) -> None:
    without = build_detector(TINY_DFINE, 2, SIZE_HW, {"num_denoising": 0})
    assert detector.network.count_params() > without.network.count_params()
    assert parameters_in_use(detector.network) == without.network.count_params()


def test_checkpoints_keep_the_state_of_the_noise(detector: DfineDetector, tmp_path: Any) -> None:
    assert detector._built.denoising is not None
    seeds = detector._built.denoising.labels.seeds
    trained = Trained(detector.network, NoUpdates(), None)  # type: ignore[arg-type]
    trained.save(tmp_path)
    objects = objects_of(a_batch_of_three())
    wanted = drawn(objects, seeds=seeds)
    drawn(objects, seeds=seeds)
    trained.load(tmp_path)
    found = drawn(objects, seeds=seeds)
    assert (found.boxes_xywh.numpy() == wanted.boxes_xywh.numpy()).all()


class NoUpdates:
    """An optimizer without moments."""

    def state(self) -> dict[str, Any]:
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        pass
