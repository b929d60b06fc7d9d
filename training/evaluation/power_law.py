"""The power law that the error of a detector follows in the number of images it learned from.

error(n) = floor + factor * (n / whole) ** -exponent, none of the three below 0: more images never
do harm, and something may be left however many there are.

Source: Cortes et al., "Learning Curves: Asymptotic Values and Rate of Convergence" (1993); Hestness
et al., "Deep Learning Scaling is Predictable, Empirically" (2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
FEWEST_POINTS = 3
# A curve that is straight over the logarithm, and one that is flat from the second point on.
_EXPONENTS = np.geomspace(0.01, 4.0, 161)
# How often the distance of the exponents that are tried is made a twentieth.
_REFINEMENTS = 2
_LEAST_SIGMA = 1e-3


@dataclass(frozen=True, eq=False)
class PowerLaws:
    """Errors by the number of images, of B curves.

    Args:
        floor: (B,) what is left with any number of images; 0..1.
        factor: (B,) what `whole` images leave above it; 0 and more.
        exponent: (B,) how fast it falls; above 0.
        whole: of the images that the factor is of.
    """

    floor: Values
    factor: Values
    exponent: Values
    whole: float

    def errors(self, images: float) -> Values:
        """(B,) of so many images, above 0.

        Example:
            >>> half = np.array([0.5])
            >>> PowerLaws(np.array([0.1]), np.array([0.4]), half, 100).errors(400)
            array([0.3])
        """
        found: Values = self.floor + self.factor * (images / self.whole) ** -self.exponent
        return found


def fit_power_laws(
    images: Sequence[int], errors: Values, sigmas: Sequence[float] | None = None
) -> PowerLaws:
    """The laws with the least squares.

    For an exponent floor and factor are a linear problem of two unknowns that are not below 0,
    which is solved exactly; of the exponents the best is taken, then of others around it.

    Args:
        images: (P,) rising; three or more.
        errors: (B, P) of each curve, 0..1.
        sigmas: (P,) how far each may be off; None for all alike.

    Raises:
        ValueError: there are fewer than three points.
    """
    if len(images) < FEWEST_POINTS:
        raise ValueError(f"{FEWEST_POINTS} points or more were expected, but got {len(images)}")
    shares = np.asarray(images, np.float64) / images[-1]
    sides = np.ones(len(images)) if sigmas is None else np.asarray(sigmas, np.float64)
    weights = np.maximum(sides, _LEAST_SIGMA) ** -2
    exponents = np.broadcast_to(_EXPONENTS, (len(errors), len(_EXPONENTS)))
    step = float(_EXPONENTS[1] / _EXPONENTS[0])
    for remaining in range(_REFINEMENTS, -1, -1):
        floors, factors, missed = _of_exponents(shares, errors, weights, exponents)
        best = missed.argmin(axis=1)[:, None]  # (B, 1)
        chosen = np.take_along_axis(exponents, best, axis=1)
        if remaining:
            exponents = chosen * np.geomspace(1 / step, step, 41)
            exponents = np.clip(exponents, _EXPONENTS[0], _EXPONENTS[-1])
            step **= 1 / 20
    floor, factor, exponent = (
        np.take_along_axis(each, best, axis=1)[:, 0] for each in (floors, factors, exponents)
    )
    return PowerLaws(floor, factor, exponent, images[-1])


def _of_exponents(
    shares: Values, errors: Values, weights: Values, exponents: Values
) -> tuple[Values, Values, Values]:
    """Floor and factor that suit (B, E) exponents best, and how far they miss the errors."""
    powers = shares ** -exponents[..., None]  # (B, E, P)
    centered = powers - np.average(powers, axis=2, weights=weights)[..., None]
    mean = np.average(errors, axis=1, weights=weights)[:, None]  # (B, 1)
    spread = (weights * centered**2).sum(axis=2)
    factor = (weights * centered * errors[:, None]).sum(axis=2) / spread
    # More images do no harm: no law that rises.
    factor = np.maximum(factor, 0)
    floor = mean - factor * (powers - centered)[..., 0]
    # And no error is below 0.
    through_0 = (weights * powers * errors[:, None]).sum(axis=2) / (weights * powers**2).sum(axis=2)
    factor = np.where(floor < 0, np.maximum(through_0, 0), factor)
    floor = np.maximum(floor, 0)
    missed = floor[..., None] + factor[..., None] * powers - errors[:, None]
    return floor, factor, (weights * missed**2).sum(axis=2)
