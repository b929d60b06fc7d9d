"""A score that few boxes exceed, found without sorting, to choose among those boxes first.

Suppression chooses from the likeliest box to the least likely one and never looks ahead. So its
choice among the boxes over a higher threshold is the beginning of its choice among all, and the
whole of it once it has as many boxes as are kept. Whoever looks at that afterwards, and chooses
among all boxes where some are missing, has the same answer whatever the higher threshold was.
"""

from typing import Any

import numpy as np

# The scores are dealt out, one after the other, to this many piles for each box that is kept. The
# least of the piles' best scores is exceeded by about `piles * ln(piles)`, where pile is like pile:
# with 100 to keep by 1,060, of which the last one that is kept was the 113th to 797th.
PILES_PER_KEPT_BOX = 2
MIN_PILES = 64
# With fewer scores in a pile too many of all exceed that one.
MIN_PILE_SCORES = 16


def piles_of(scores: int, kept: int) -> int:
    """How many piles scores are dealt to, to keep so many; 0 where they are as well all sorted."""
    piles = max(PILES_PER_KEPT_BOX * kept, MIN_PILES)
    return piles if scores >= piles * MIN_PILE_SCORES else 0


def high_thresholds(scores: Any, count: int, kept: int, threshold: float) -> Any:
    """For each row of scores one that few of them exceed, and not less than the threshold.

    A score that is no number makes it anything; then too few exceed it, or all of them.

    Args:
        scores: (R, `count`) float32, an `openvino.Output`.
        count: enough for piles.
        kept: boxes that are kept of a row.
        threshold: what scores have to exceed anyway.

    Returns:
        (R,) float32, an `openvino.Node`.
    """
    from openvino import opset13 as ops

    piles = piles_of(count, kept)
    high = count // piles
    start, end, step, axis = (integers([each]) for each in (0, high * piles, 1, 1))
    dealt = ops.slice(scores, start, end, step, axis)
    dealt = ops.reshape(dealt, integers([-1, high, piles]), special_zero=False)
    best = ops.reduce_max(dealt, axis, False)  # (R, piles)
    return ops.maximum(ops.reduce_min(best, axis, False), number(threshold))


def integers(values: Any) -> Any:
    """A constant of int32."""
    from openvino import opset13 as ops

    return ops.constant(np.array(values, np.int32))


def number(value: float) -> Any:
    """A constant of float32."""
    from openvino import opset13 as ops

    return ops.constant(np.float32(value))
