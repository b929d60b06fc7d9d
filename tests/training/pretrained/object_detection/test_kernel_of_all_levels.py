import numpy as np

from training.pretrained.object_detection.kernel_of_all_levels import separate_scales


def test_levels_that_are_multiples_are_taken_apart_exactly() -> None:
    generator = np.random.default_rng(1)
    kernel = generator.normal(size=(1, 1, 16, 8)).astype(np.float32)
    scales = generator.uniform(0.2, 4, (5, 8)).astype(np.float32)
    found, found_scales = separate_scales([kernel * scale for scale in scales])
    for level in range(5):
        np.testing.assert_allclose(found * found_scales[level], kernel * scales[level], atol=1e-5)
    np.testing.assert_allclose(found_scales[0], 1, atol=1e-5)


def test_a_channel_that_is_zero_everywhere_stays_zero() -> None:
    kernel = np.ones((1, 1, 3, 2), np.float32)
    kernel[..., 1] = 0
    found, scales = separate_scales([kernel, kernel * 2])
    assert np.isfinite(found).all()
    assert np.isfinite(scales).all()
    np.testing.assert_allclose(found * scales[1], kernel * 2, atol=1e-6)
