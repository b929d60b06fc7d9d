"""What stands in the rows of an answer that hold no detection."""

import numpy as np
import numpy.typing as npt

from detection.kinds.output_kind import Array

# Quantized models answer scores and class numbers that are a little off: 1.004, 4.0118.
SLACK = 0.02
# What KerasCV, KerasHub and keras-retinanet fill up the rows of an image with.
PADDING = -1.0


def is_nothing(values: Array) -> npt.NDArray[np.bool_]:
    """Which are -1, or NaN, as a masked row is that was divided by its own size."""
    numbers = values.astype(np.float64)
    return np.asarray((numbers == PADDING) | np.isnan(numbers))


def is_padding(values: Array) -> npt.NDArray[np.bool_]:
    """Which are -1, or as near to it as a quantized model comes."""
    near: npt.NDArray[np.bool_] = np.abs(values.astype(np.float64) - PADDING) <= SLACK
    return near
