"""Gaussian blur whose time does not grow with its width."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Field = npt.NDArray[np.float32]

# Wider than this, and what is left in an image that much smaller is blurred enough to be enlarged.
WIDEST_AT_FULL_SIZE_PX = 3.0


def blur(field: Field, sigma_px: float) -> Field:
    """(H, W) float32, blurred."""
    factor = int(sigma_px / WIDEST_AT_FULL_SIZE_PX * 1.5)
    height, width = field.shape
    if factor < 2 or min(height, width) < 2 * factor:
        return ndimage.gaussian_filter(field, sigma_px, truncate=3.0)  # type: ignore[no-any-return]
    small = Image.fromarray(field).reduce(factor)
    blurred = ndimage.gaussian_filter(np.asarray(small), sigma_px / factor, truncate=3.0)
    box = (0, 0, width / factor, height / factor)
    enlarged = Image.fromarray(blurred).resize((width, height), Image.Resampling.BILINEAR, box)
    return np.asarray(enlarged)
