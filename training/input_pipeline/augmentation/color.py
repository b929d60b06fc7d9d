"""Light and color: all changes of them as one product with each pixel's red, green and blue."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from training.input_pipeline.augmentation.options import AugmentationOptions

Pixels = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float64]

# Brightness as a person sees it, of red, green and blue: ITU-R BT.601.
_LUMA: _Floats = np.array([0.299, 0.587, 0.114])
# The color circle is the plane of I and Q, after NTSC.
_TO_YIQ: _Floats = np.array([_LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def random_colors(pixels: Pixels, options: AugmentationOptions, rng: np.random.Generator) -> Pixels:
    """Pixels (H, W, 3) in another light."""
    brightness, contrast, saturation = (
        1 + rng.uniform(-1, 1) * most
        for most in (options.brightness, options.contrast, options.saturation)
    )
    turn = math.radians(rng.uniform(-1, 1) * options.hue_degrees)
    if rng.random() < options.grey:
        saturation = 0.0
    if (brightness, contrast, saturation, turn) == (1, 1, 1, 0):
        return pixels
    factors = brightness * contrast * _saturated(saturation) @ _turned(turn)  # (3, 3)
    mean = _mean(pixels) * brightness
    return _multiplied(pixels, factors, mean * (1 - contrast))


def _saturated(factor: float) -> _Floats:
    grey = np.tile(_LUMA, (3, 1))
    return factor * np.eye(3) + (1 - factor) * grey


def _turned(turn: float) -> _Floats:
    cos, sin = math.cos(turn), math.sin(turn)
    in_yiq = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
    turned: _Floats = np.asarray(_FROM_YIQ @ in_yiq @ _TO_YIQ, np.float64)
    return turned


def _mean(pixels: Pixels) -> float:
    """The mean brightness; every fourth row and column tell enough of it."""
    return float(pixels[::4, ::4].reshape(-1, 3).mean(0) @ _LUMA)


def _multiplied(pixels: Pixels, factors: _Floats, added: float) -> Pixels:
    """By Pillow, not by NumPy's product, whose threads wait for cores that training has."""
    matrix = np.concatenate([factors, np.full((3, 1), added)], axis=1)
    return np.asarray(Image.fromarray(pixels).convert("RGB", matrix.ravel().tolist()))
