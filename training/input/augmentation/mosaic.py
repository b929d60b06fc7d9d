"""Four pictures around a point: more objects, smaller ones, and edges where none were."""

import numpy as np

from training.input.augmentation.geometry import Matrix, scaling, translation
from training.input.augmentation.placing import Placement

TILES = 4
# The point in which the four meet stays this far from the edges, as a share of the sides.
_MARGIN = 0.3
# The corner of its picture that each tile, row by row, has at the point where all meet: [x, y].
_INNER_CORNERS_XY = ((1, 1), (0, 1), (1, 0), (0, 0))


def mosaic_placements(
    matrices: list[Matrix], size_hw: tuple[int, int], rng: np.random.Generator
) -> list[Placement]:
    """Where four pictures go.

    Each is made smaller, but not so much that its tile is not full, and lies with one corner at the
    point where all meet.

    Args:
        matrices: how each would be shown alone.
        size_hw: of the output, in pixels.
        rng: what is drawn from.
    """
    # On a whole pixel, so that tiles meet without a gap.
    height, width = size_hw
    y = round(rng.uniform(_MARGIN, 1 - _MARGIN) * height) / height
    x = round(rng.uniform(_MARGIN, 1 - _MARGIN) * width) / width
    windows = ((0, 0, y, x), (0, x, y, 1), (y, 0, 1, x), (y, x, 1, 1))
    placements = []
    for matrix, (right, below), window in zip(matrices, _INNER_CORNERS_XY, windows, strict=True):
        window_yxyx = np.array(window, np.float64)
        zoom = rng.uniform(max(window_yxyx[2:] - window_yxyx[:2]), 1)
        shown: Matrix = translation(x, y) @ scaling(zoom, zoom) @ translation(-right, -below)
        placements.append(Placement(shown @ matrix, window_yxyx))
    return placements
