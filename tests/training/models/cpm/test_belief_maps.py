import numpy as np
import pytest
import tensorflow as tf

from tests.training.models.cpm.hands import points
from training.models.cpm.belief_maps import ideal_maps
from training.models.cpm.losses import stage_losses
from training.models.cpm.points import points_of

SIZE = (12, 20)


def test_points_are_read_from_their_ideal_maps_to_a_thousandth_of_a_cell() -> None:
    hands = points(np.random.default_rng(1), 3)
    found = points_of(ideal_maps(tf.constant(hands), SIZE, 1.0, 1.0).maps[..., :-1], 1.0).numpy()
    np.testing.assert_allclose(found[..., :2], hands[..., :2], atol=1e-3 / 20)
    assert ((found[..., 2] > 0.7) & (found[..., 2] <= 1)).all()


@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.5])
def test_points_in_the_outermost_cells_are_read_to_a_thousandth_of_a_cell(sigma: float) -> None:
    height, width = SIZE
    rng = np.random.default_rng(2)
    # In cells; a point anywhere in the first and the last row and column, and on the very edge.
    y = np.concatenate([rng.uniform(0, 1, 20), rng.uniform(height - 1, height, 20), [0, height]])
    x = np.concatenate([rng.uniform(width - 1, width, 20), rng.uniform(0, 1, 20), [width, 0]])
    near_y = np.exp(-((np.arange(height)[:, None] + 0.5 - y) ** 2) / (2 * sigma**2))  # (h, K)
    near_x = np.exp(-((np.arange(width)[:, None] + 0.5 - x) ** 2) / (2 * sigma**2))  # (w, K)
    maps = tf.constant(near_y[None, :, None] * near_x[None, None], tf.float32)
    found = points_of(maps, sigma).numpy()[0]
    np.testing.assert_allclose(found[:, 0] * height, y, atol=1e-3)
    np.testing.assert_allclose(found[:, 1] * width, x, atol=1e-3)


def test_a_map_of_one_cell_has_its_point_in_the_middle() -> None:
    found = points_of(tf.fill((1, 1, 1, 2), 0.5), 1.0).numpy()
    np.testing.assert_allclose(found, np.full((1, 2, 3), 0.5))


def test_maps_of_nothing_have_points_without_belief() -> None:
    found = points_of(tf.fill((2, *SIZE, 21), -0.5), 1.0).numpy()
    assert np.isfinite(found).all()
    assert (found[..., 2] == 0).all()


def test_the_background_is_what_no_point_is_near() -> None:
    hands = points(np.random.default_rng(3), 2)
    maps = ideal_maps(tf.constant(hands), SIZE, 1.0, 1.0).maps.numpy()
    np.testing.assert_allclose(maps[..., -1], 1 - maps[..., :-1].max(axis=-1), atol=1e-6)


def test_what_is_not_labelled_has_no_loss_and_neither_has_the_background_then() -> None:
    hands = points(np.random.default_rng(4), 2)
    hands[0, 5] = 0
    ideal = ideal_maps(tf.constant(hands), SIZE, 1.0, 1.0)
    assert ideal.weights.numpy()[0, 5] == 0
    assert ideal.weights.numpy()[0, 21] == 0
    assert ideal.weights.numpy()[1].all()
    wrong = ideal.maps.numpy().copy()
    wrong[0, :, :, [5, 21]] += 3
    losses = stage_losses([tf.constant(wrong)], ideal)
    assert float(losses["last_stage"]) == 0


def test_hidden_points_count_as_much_as_they_are_said_to() -> None:
    hands = points(np.random.default_rng(5), 1)
    hands[0, 7, 2] = 1
    weights = ideal_maps(tf.constant(hands), SIZE, 1.0, 0.25).weights.numpy()
    assert weights[0, 7] == 0.25
    assert weights[0, [6, 8, 21]].tolist() == [1, 1, 1]


def test_each_stage_has_a_loss_of_its_own() -> None:
    ideal = ideal_maps(tf.constant(points(np.random.default_rng(6), 1)), SIZE, 1.0, 1.0)
    exact, empty = ideal.maps, tf.zeros_like(ideal.maps)
    losses = stage_losses([empty, exact, exact], ideal)
    assert float(losses["last_stage"]) == 0
    assert float(losses["earlier_stages"]) > 1
    assert stage_losses([exact], ideal).keys() == {"last_stage"}


def test_a_batch_of_which_nothing_is_labelled_has_a_loss_of_nought() -> None:
    hands = np.zeros((2, 21, 3), np.float32)
    ideal = ideal_maps(tf.constant(hands), SIZE, 1.0, 1.0)
    assert float(stage_losses([ideal.maps + 1], ideal)["last_stage"]) == 0
