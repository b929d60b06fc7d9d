"""What takes from the pixels without moving anything: blur, noise, covered places."""

import numpy as np
from PIL import Image, ImageFilter

from training.input_pipeline.augmentation.color import Pixels
from training.input_pipeline.augmentation.options import AugmentationOptions


def random_effects(
    pixels: Pixels, options: AugmentationOptions, rng: np.random.Generator
) -> Pixels:
    """Pixels (H, W, 3), some of them blurred, noisy, or covered."""
    if rng.random() < options.blur:
        pixels = _blurred(pixels, rng.uniform(*options.blur_sigma_px))
    if rng.random() < options.cut_out:
        pixels = _cut_out(pixels, options, rng)
    if rng.random() < options.noise:
        pixels = _noisy(pixels, rng.uniform(*options.noise_sigma), rng)
    return pixels


def _blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma_px)))


def _cut_out(pixels: Pixels, options: AugmentationOptions, rng: np.random.Generator) -> Pixels:
    """Rectangles in the image's mean color, which say the least."""
    pixels = pixels.copy()
    color = pixels[::4, ::4].reshape(-1, 3).mean(0).astype(np.uint8)
    sides = np.array(pixels.shape[:2])
    for _ in range(int(rng.integers(1, options.cut_out_count + 1))):
        size = np.maximum(1, rng.uniform(*options.cut_out_size, 2) * sides).astype(int)
        top, left = (rng.random(2) * (sides - size + 1)).astype(int)
        pixels[top : top + size[0], left : left + size[1]] = color
    return pixels


def _noisy(pixels: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(pixels.shape, np.float32) * np.float32(sigma)
    noise += pixels
    np.clip(noise + np.float32(0.5), 0, 255, out=noise)
    return noise.astype(np.uint8)
