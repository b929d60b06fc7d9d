"""Polygons as the pixels that they cover."""

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from detection.kinds.masks.run_lengths import RunLengths

Points = npt.NDArray[np.float64]


def covered_by(polygons: tuple[Points, ...], *, width: int, height: int) -> RunLengths:
    """The pixels that any of `polygons` covers, each (N, 2), [y, x] in 0..1."""
    # To a millionth of a pixel: which pixels are covered does not hang on the shares' rounding.
    flat = [np.round(polygon[:, ::-1] * (width, height), 6).ravel().tolist()
            for polygon in polygons]  # fmt: skip
    return RunLengths.of_coco(coco_mask.merge(coco_mask.frPyObjects(flat, height, width)))
