"""CIE L*a*b* as 8-bit sRGB (CIE 15:2004, 8.2.1; IEC 61966-2-1)."""

import numpy as np
import numpy.typing as npt

# XYZ under D50, where L*a*b* of image files is at home, to linear sRGB under D65, adapted by
# Bradford's method (ICC.1:2022, annexes E and F).
_XYZ_D50_TO_SRGB = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ],
    np.float32,
)
_WHITE_D50 = np.array([0.9642, 1.0, 0.8249], np.float32)
_BLOCK_ROWS_PIXELS = 1 << 18


def lab_to_rgb(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """(H, W, 3) of L* 0 to 100, a* and b* about -128 to 127, as (H, W, 3) of 0 to 255."""
    rgb = np.empty(lab.shape, np.uint8)
    rows = max(1, _BLOCK_ROWS_PIXELS // lab.shape[1])
    for top in range(0, len(lab), rows):
        rgb[top : top + rows] = _block_to_rgb(lab[top : top + rows])
    return rgb


def _block_to_rgb(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    y = (lab[..., 0] + 16) / 116
    steps = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(steps > 6 / 29, steps**3, 3 * (6 / 29) ** 2 * (steps - 4 / 29)) * _WHITE_D50
    linear = np.clip(xyz.astype(np.float32) @ _XYZ_D50_TO_SRGB.T, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rgb: npt.NDArray[np.uint8] = np.rint(255 * curved).astype(np.uint8)
    return rgb
