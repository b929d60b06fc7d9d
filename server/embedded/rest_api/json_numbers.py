"""Floating-point numbers with the fewest digits that name them.

0.1 as float32 is 0.10000000149011612 as float64, and Python would print it so. The text of a
float32 is that of the float64 nearest to the shortest decimal number which reads as the float32.
"""

import numpy as np
import numpy.typing as npt

# Nine significant digits tell all float32 apart.
MAX_DIGITS = 9
# Powers of ten up to this one are exact in float64, so that one rounding is all that happens.
MAX_EXACT_POWER = 22


def shortest_doubles(singles: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Doubles that print as briefly as these singles do.

    Args:
        singles: any shape.

    Returns:
        An array of the same shape; each element, rounded to float32, is the one given.

    Example:
        >>> shortest_doubles(np.float32([0.1, 3]))
        array([0.1, 3. ])
    """
    flat = singles.ravel()
    doubles = flat.astype(np.float64)
    magnitudes = np.abs(doubles)
    # Whole numbers below 2**24 are as brief as can be, and so is what is not finite.
    pending = np.flatnonzero(
        np.isfinite(doubles) & ((doubles != np.rint(doubles)) | (magnitudes >= 2**24))
    )
    exponents = np.floor(np.log10(magnitudes, where=magnitudes > 0, out=np.zeros_like(doubles)))
    extreme = (exponents[pending] > MAX_EXACT_POWER) | (
        exponents[pending] < MAX_DIGITS - 1 - MAX_EXACT_POWER
    )
    for index in pending[extreme].tolist():
        doubles[index] = float(np.format_float_scientific(flat[index], unique=True))
    pending = pending[~extreme]
    for digits in range(1, MAX_DIGITS + 1):
        rounded = _rounded(doubles[pending], (digits - 1 - exponents[pending]).astype(np.int64))
        found = rounded.astype(np.float32) == flat[pending]
        doubles[pending[found]] = rounded[found]
        pending = pending[~found]
    return doubles.reshape(singles.shape)


def _rounded(
    doubles: npt.NDArray[np.float64], powers: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The multiples of 10**-power that are nearest."""
    scales = 10.0 ** np.abs(powers)
    fractions = np.rint(doubles * scales) / scales
    tens = np.rint(doubles / scales) * scales
    return np.where(powers >= 0, fractions, tens)
