"""One kernel and a scale per level, out of the kernels that folding made of it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def separate_scales(
    kernels: Sequence[npt.NDArray[np.float32]],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The kernel that several levels share and what each level multiplies its output with.

    Folding made `kernel * scale[level]` of a convolution whose weights the levels share and
    whose batch normalization is each level's own. For each output channel the levels' kernels
    are then multiples of one vector: the first singular one, which is also the best in the
    sense of least squares where the file's constants are rounded. A level's rounding goes with
    the range of its own kernel, so that each is weighted by the inverse of that.

    Args:
        kernels: L of (..., C), the last axis the output channels.

    Returns:
        The kernel (..., C) and the scales (L, C), the first level's 1.

    >>> kernel = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    >>> separate_scales([kernel, kernel * np.float32(2)])[1].round(4).tolist()
    [[1.0, 1.0], [2.0, 2.0]]
    """
    shape = kernels[0].shape
    levels = np.stack([kernel.reshape(-1, shape[-1]) for kernel in kernels]).astype(np.float64)
    ranges = np.maximum(np.ptp(levels, axis=(1, 2)), np.finfo(np.float32).tiny)  # (L,)
    weighted = np.moveaxis(levels / ranges[:, None, None], 2, 0)  # (C, L, I)
    left, singular, right = np.linalg.svd(weighted, full_matrices=False)
    scales = left[:, :, 0] * ranges  # (C, L)
    # A channel that is zero in the first level tells nothing of the others there.
    first = np.where(np.abs(scales[:, :1]) > 0, scales[:, :1], 1.0)
    kernel = right[:, 0] * singular[:, :1] * first  # (C, I)
    return kernel.T.reshape(shape).astype(np.float32), (scales / first).T.astype(np.float32)
