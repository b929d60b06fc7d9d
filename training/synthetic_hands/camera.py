"""What a camera does to an image: focus, motion, color, noise."""

import numpy as np
from scipy import ndimage

from training.synthetic_hands.backgrounds import Pixels


def photograph(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """(H, W, 3) in 0..255, as a camera that is not perfect would have taken it."""
    if generator.random() < 0.4:
        pixels = _blurred(pixels, generator)
    contrast, brightness = generator.uniform(0.75, 1.2, 2).astype(np.float32)
    middle = pixels.mean()
    pixels = (pixels - middle) * contrast + middle * brightness
    gamma = np.float32(np.exp(generator.normal(0, 0.15)))
    pixels = np.float32(255) * (np.clip(pixels, 0, 255) / np.float32(255)) ** gamma
    pixels = pixels * (1 + generator.normal(0, 0.04, 3).astype(np.float32))
    if generator.random() < 0.1:
        grey = pixels.mean(-1, keepdims=True)
        pixels = grey + (pixels - grey) * np.float32(generator.uniform(0, 0.6))
    strength = np.float32(generator.gamma(1.2, 3.0))
    pixels = pixels + generator.standard_normal(pixels.shape, np.float32) * strength
    return np.clip(pixels, 0, 255).astype(np.float32)


def _blurred(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Out of focus, or moved."""
    longest = max(pixels.shape)
    if generator.random() < 0.6:
        sigma = generator.uniform(0.2, 0.005 * longest)
        blurred: Pixels = ndimage.gaussian_filter(pixels, (sigma, sigma, 0))
        return blurred
    length = int(generator.uniform(2, 0.02 * longest + 3))
    axis = int(generator.integers(2))
    moved: Pixels = ndimage.uniform_filter1d(pixels, length, axis=axis)
    return moved
