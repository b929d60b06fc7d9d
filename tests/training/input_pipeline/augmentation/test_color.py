import numpy as np
import pytest

from training.input_pipeline.augmentation.color import Pixels, random_colors
from training.input_pipeline.augmentation.effects import random_effects
from training.input_pipeline.augmentation.options import AugmentationOptions

PIXELS = np.random.default_rng(0).integers(60, 190, (24, 40, 3), dtype=np.uint8)


def colors(options: AugmentationOptions, seed: int = 0) -> Pixels:
    return random_colors(PIXELS, options, np.random.default_rng(seed))


def test_nothing_changes_without_options() -> None:
    assert colors(AugmentationOptions()) is PIXELS
    rng = np.random.default_rng(0)
    assert random_effects(PIXELS, AugmentationOptions(), rng) is PIXELS


def test_brightness_multiplies_every_value() -> None:
    changed = colors(AugmentationOptions(brightness=0.3)).astype(float)
    ratios = changed / PIXELS
    assert ratios.std() < 0.01
    assert 0.01 < abs(ratios.mean() - 1) <= 0.3


def test_contrast_leaves_the_mean() -> None:
    changed = colors(AugmentationOptions(contrast=0.5)).astype(float)
    assert changed.mean() == pytest.approx(PIXELS.mean(), abs=4)
    assert abs(changed.std() / PIXELS.std() - 1) > 0.05


def test_grey_has_no_color() -> None:
    changed = colors(AugmentationOptions(grey=1)).astype(int)
    assert np.ptp(changed, axis=-1).max() <= 1


def test_hue_leaves_the_brightness_and_grey_pixels() -> None:
    options = AugmentationOptions(hue_degrees=60)
    changed = colors(options).astype(float)
    luma = np.array([0.299, 0.587, 0.114])
    assert np.abs((changed - PIXELS) @ luma).mean() < 1.5
    grey = np.full((4, 6, 3), 77, np.uint8)
    turned = random_colors(grey, options, np.random.default_rng(0))
    assert np.abs(turned.astype(int) - 77).max() <= 1


def test_values_stay_in_their_range_at_the_strongest() -> None:
    options = AugmentationOptions(brightness=1, contrast=1, saturation=1, hue_degrees=180)
    for seed in range(20):
        changed = colors(options, seed)
        assert changed.dtype == np.uint8
        assert changed.shape == PIXELS.shape


def test_cut_out_covers_rectangles_of_the_size_asked_for() -> None:
    options = AugmentationOptions(cut_out=1, cut_out_count=1, cut_out_size=(0.25, 0.5))
    for seed in range(10):
        changed = random_effects(PIXELS, options, np.random.default_rng(seed))
        differs = (changed != PIXELS).any(-1)
        rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
        assert 6 <= np.ptp(rows) + 1 <= 12
        assert 10 <= np.ptp(columns) + 1 <= 20


def test_blur_smooths_and_noise_roughens() -> None:
    rng = np.random.default_rng(0)
    blurred = random_effects(PIXELS, AugmentationOptions(blur=1, blur_sigma_px=(1, 1)), rng)
    noisy = random_effects(PIXELS, AugmentationOptions(noise=1, noise_sigma=(10, 10)), rng)
    assert blurred.std() < PIXELS.std() / 2
    assert (noisy.astype(int) - PIXELS).std() == pytest.approx(10, rel=0.1)
