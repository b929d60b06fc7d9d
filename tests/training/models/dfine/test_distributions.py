import numpy as np
import pytest
import tensorflow as tf

from training.models.dfine.distributions import REACH, bin_values, distances_to_bins


def test_the_bins_give_a_box_s_sides_again() -> None:
    start = np.array([[0.5, 0.4, 0.2, 0.3], [0.3, 0.6, 0.1, 0.1]], np.float32)
    boxes = np.array([[0.35, 0.2, 0.62, 0.6], [0.2, 0.55, 0.37, 0.7]], np.float32)
    left, share = distances_to_bins(tf.constant(start), tf.constant(boxes))
    values = bin_values().numpy()
    steps = values[left] * (1 - share.numpy()) + values[left.numpy() + 1] * share.numpy()
    outward = (steps + 0.5 * REACH) * np.tile(start[:, 2:], 2) / REACH
    center = np.tile(start[:, :2], 2)
    np.testing.assert_allclose(center + outward * [-1, -1, 1, 1], boxes, atol=1e-6)


@pytest.mark.parametrize(("box", "end"), [([-9.0, -9, 9, 9], 1.0), ([9.0, 9, -9, -9], 0.0)])
def test_a_side_beyond_the_bins_is_in_the_last(box: list[float], end: float) -> None:
    left, share = distances_to_bins(tf.constant([[0.5, 0.5, 0.1, 0.1]]), tf.constant([box]))
    assert (left.numpy() == (31 if end else 0)).all()
    np.testing.assert_allclose(share, end)
