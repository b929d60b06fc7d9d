"""Four images around a point: more objects, smaller ones, and edges where none were."""

import numpy as np

from training.input_pipeline.augmentation.geometry import Matrix, scaling, translation
from training.input_pipeline.augmentation.placing import Placement

TILES = 4
# The point in which the four meet stays this far from the edges, as a share of the sides.
_MARGIN = 0.3
# An image is at most this much larger than what fills its tile: more of it would be cut off.
_LARGEST_EXCESS = 1.5


def mosaic_placements(
    matrices: list[Matrix], size_hw: tuple[int, int], rng: np.random.Generator
) -> list[Placement]:
    """Where four images go.

    Each is made smaller, but not so much that its tile is not full.

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
    for matrix, window in zip(matrices, windows, strict=True):
        window_yxyx = np.array(window, np.float64)
        sides = window_yxyx[2:] - window_yxyx[:2]
        zoom = rng.uniform(max(sides), min(1.0, _LARGEST_EXCESS * max(sides)))
        top, left = window_yxyx[:2] - rng.random(2) * (zoom - sides)
        shown: Matrix = translation(left, top) @ scaling(zoom, zoom)
        placements.append(Placement(shown @ matrix, window_yxyx))
    return placements
