"""`PixelScale`: what a network takes its pixels as."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import layers

Factor = float | Sequence[float]


@dataclass(frozen=True)
class PixelScale:
    """Pixels times `scale` plus `offset`, each one number or one for red, green and blue.

    Args:
        scale: of pixels in 0..255.
        offset: added after that.
    """

    scale: Factor = 1.0
    offset: Factor = 0.0

    @classmethod
    def of_statistics(cls, mean: Sequence[float], deviation: Sequence[float]) -> "PixelScale":
        """Pixels in 0..1 less their mean, by their standard deviation."""
        scale = [1 / 255 / each for each in deviation]
        return cls(scale, [-m / each for m, each in zip(mean, deviation, strict=True)])

    def of(self, images: keras.KerasTensor) -> keras.KerasTensor:
        """(B, H, W, 3) in 0..255 as the network takes them."""
        scale, offset = _listed(self.scale), _listed(self.offset)
        return layers.Rescaling(scale, offset, name="normalise")(images)


def _listed(factor: Factor) -> float | list[float]:
    return factor if isinstance(factor, int | float) else [float(each) for each in factor]
