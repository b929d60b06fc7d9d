"""The boxes that a single-shot detector starts from, at each place of each feature map."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float32]
Size = tuple[int, int]

# Ratios of width to height, as the Object Detection API orders them.
PYRAMID_RATIOS = (1.0, 2.0, 0.5)
PYRAMID_SCALES_PER_OCTAVE = 2
# Liu et al. 2016, section 2.2; on the finest map there are three boxes only.
DEFAULT_BOX_RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
FINEST_BOXES = ((0.5, 1.0), (1.0, 2.0), (1.0, 0.5))


def pyramid_anchors(
    input_size_hw: Size,
    levels: Sequence[int],
    anchor_scale: float,
    *,
    scales_per_octave: int = PYRAMID_SCALES_PER_OCTAVE,
) -> Boxes:
    """Anchors of a feature pyramid, level l having strides of 2^l pixels (Lin et al. 2017).

    They are where the Object Detection API's `multiscale_anchor_generator` has them, so that its
    weights fit: around the middle of a cell where the stride divides the image, else around its
    corner; on a level by row, column, then ratio, then size.

    Args:
        input_size_hw: of the images, in pixels.
        levels: the pyramid's, the finest first.
        anchor_scale: side of the smallest anchor of a level, in strides.
        scales_per_octave: how many sizes a level has; twice the smallest is the next level's.

    Returns:
        (A, 4) float32, [y_min, x_min, y_max, x_max] as shares of the image; some are outside.
    """
    height, width = input_size_hw
    scales = [2 ** (i / scales_per_octave) for i in range(scales_per_octave)]
    shapes = [
        (scale / math.sqrt(r), scale * math.sqrt(r)) for r in PYRAMID_RATIOS for scale in scales
    ]
    anchors = []
    for level in levels:
        stride = 2**level
        offsets = [stride / 2 if side % stride == 0 else 0 for side in input_size_hw]
        rows, columns = (math.ceil(side / stride) for side in input_size_hw)
        sizes_hw = np.array(shapes) * anchor_scale * stride / (height, width)
        centers = _grid(
            (np.arange(rows) * stride + offsets[0]) / height,
            (np.arange(columns) * stride + offsets[1]) / width,
        )
        anchors.append(_around(centers, sizes_hw))
    return np.concatenate(anchors)


def default_boxes(
    map_sizes_hw: Sequence[Size], input_size_hw: Size, smallest: float, largest: float
) -> Boxes:
    """SSD's default boxes: their size grows evenly from the finest feature map to the coarsest.

    Liu et al. 2016, section 2.2, with the Object Detection API's three boxes on the finest map and
    a box between two sizes on the others.

    Args:
        map_sizes_hw: rows and columns of each feature map, the finest first; two or more.
        input_size_hw: of the images, in pixels: a box of ratio 1 is a square in pixels.
        smallest: side of the finest map's boxes, as a share of the image's shorter side.
        largest: the same on the coarsest.

    Returns:
        (A, 4) float32, [y_min, x_min, y_max, x_max] as shares of the image; some are outside.
    """
    shorter = min(input_size_hw)
    scales = [*np.linspace(smallest, largest, len(map_sizes_hw)).tolist(), 1.0]
    anchors = []
    for index, (rows, columns) in enumerate(map_sizes_hw):
        shapes = _default_shapes(scales[index], scales[index + 1], finest=index == 0)
        sizes_hw = np.array(shapes) * shorter / input_size_hw
        centers = _grid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns)
        anchors.append(_around(centers, sizes_hw))
    return np.concatenate(anchors)


def default_boxes_per_place(map_count: int) -> list[int]:
    """How many default boxes each feature map has at a place, the finest first."""
    return [len(FINEST_BOXES)] + [len(DEFAULT_BOX_RATIOS) + 1] * (map_count - 1)


def _default_shapes(scale: float, next_scale: float, *, finest: bool) -> list[tuple[float, float]]:
    if finest:
        pairs = [(scale * share, ratio) for share, ratio in FINEST_BOXES]
    else:
        pairs = [(scale, ratio) for ratio in DEFAULT_BOX_RATIOS]
        pairs.append((math.sqrt(scale * next_scale), 1.0))
    return [(size / math.sqrt(ratio), size * math.sqrt(ratio)) for size, ratio in pairs]


def _grid(ys: npt.NDArray[np.float64], xs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.stack(np.meshgrid(ys, xs, indexing="ij"), axis=-1).reshape(-1, 1, 2)


def _around(centers_yx: npt.NDArray[np.float64], sizes_hw: npt.NDArray[np.float64]) -> Boxes:
    corners = [centers_yx - sizes_hw / 2, centers_yx + sizes_hw / 2]
    return np.concatenate(corners, axis=-1).reshape(-1, 4).astype(np.float32)  # (A, 4)
