import numpy as np
import pytest
import tensorflow as tf

from training.models.rcnn.roi_align import roi_align


def ramps(size_hw: tuple[int, int], finest: int, count: int) -> list[tf.Tensor]:
    """Levels that hold, at each place, its own [y, x] in 0..1, and the level's number."""
    levels = []
    for level in range(finest, finest + count):
        height, width = (side // 2**level for side in size_hw)
        y, x = np.mgrid[:height, :width] + 0.5
        values = np.stack([y / height, x / width, np.full_like(y, level)], axis=-1)
        levels.append(tf.constant(np.stack([values, -values]), tf.float32))
    return levels


@pytest.mark.parametrize("samplings", [1, 2])
def test_a_bin_has_the_features_of_its_middle(samplings: int) -> None:
    box = [0.25, 0.2, 0.75, 0.6]
    levels = ramps((128, 320), 3, 3)
    boxes = tf.constant([[box], [box]])
    found = roi_align(levels, 3, boxes, bins=4, samplings=samplings, level_size=224).numpy()
    assert found.shape == (2, 4, 4, 3)
    np.testing.assert_allclose(
        found[0, :, 0, 0], 0.25 + 0.5 * np.array([1, 3, 5, 7]) / 8, atol=1e-5
    )
    np.testing.assert_allclose(found[0, 0, :, 1], 0.2 + 0.4 * np.array([1, 3, 5, 7]) / 8, atol=1e-5)
    np.testing.assert_allclose(found[1], -found[0], atol=1e-6)


@pytest.mark.parametrize(
    ("side_px", "level"), [(8, 2), (111, 2), (112, 3), (223, 3), (224, 4), (448, 5), (1024, 5)]
)
def test_a_box_is_cut_out_of_the_level_that_suits_its_size(side_px: int, level: int) -> None:
    levels = ramps((1024, 1024), 2, 4)
    share = side_px / 1024
    boxes = tf.constant([[[0.0, 0.0, share, share]]] * 2)
    found = roi_align(levels, 2, boxes, bins=2, samplings=1, level_size=224).numpy()
    np.testing.assert_allclose(found[0, ..., 2], level, atol=1e-4)


def test_a_box_at_the_edge_has_the_last_places_features() -> None:
    levels = ramps((64, 96), 3, 1)
    found = roi_align(
        levels, 3, tf.constant([[[0.94, 0.96, 1.0, 1.0]]] * 2), bins=2, samplings=1, level_size=224
    )
    np.testing.assert_allclose(found[0, :, :, 0], 1 - 0.5 / 8, atol=1e-5)
    np.testing.assert_allclose(found[0, :, :, 1], 1 - 0.5 / 12, atol=1e-5)


def test_no_boxes_and_boxes_without_an_area_have_finite_features() -> None:
    levels = ramps((64, 96), 3, 2)
    none = roi_align(levels, 3, tf.zeros((2, 0, 4)), bins=7, samplings=1, level_size=224)
    assert none.shape == (0, 7, 7, 3)
    flat = roi_align(levels, 3, tf.zeros((2, 1, 4)), bins=7, samplings=2, level_size=224)
    assert np.isfinite(flat).all()


def test_gradients_go_to_the_places_looked_at() -> None:
    features = tf.Variable(tf.zeros((1, 8, 12, 1)))
    with tf.GradientTape() as tape:
        cut = roi_align(
            [features],
            3,
            tf.constant([[[0.5, 0.5, 1.0, 1.0]]]),
            bins=2,
            samplings=1,
            level_size=224,
        )
        total = tf.reduce_sum(cut)
    gradient = tf.convert_to_tensor(tape.gradient(total, features)).numpy()
    assert gradient.sum() == pytest.approx(4)
    assert gradient[0, :4, :, 0].sum() == 0
    assert gradient[0, 4:, 6:, 0].sum() == pytest.approx(4)
