"""Scores as JSON has them."""

import numpy as np


def exact_score(score: np.float32) -> float:
    """`score` with as many digits as tell it from its neighbors.

    A score that is sent back as a threshold then selects the detection that it came with.

    Example:
        >>> exact_score(np.float32(0.94))
        0.94
    """
    return float(str(score))
