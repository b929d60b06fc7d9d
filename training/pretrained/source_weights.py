"""`SourceWeights`: the arrays that a source holds, by name, whatever kind it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]


class PretrainedWeightsError(Exception):
    """Weights cannot be read from their source; the message says why."""


@dataclass(frozen=True)
class FoldedBatchNorm:
    """What a batch normalization does, whatever of it was multiplied into the kernel before it.

    Args:
        scale: (C,) float32, what the convolution's output is still to be multiplied with: 1
            where the kernel holds all of it.
        offset: (C,) float32, what is then added.
        statistics: its mean and variance, (C,) each, where the source still says them.
    """

    scale: npt.NDArray[np.float32]
    offset: npt.NDArray[np.float32]
    statistics: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None


@dataclass(frozen=True)
class SourceWeights:
    """Arrays by name.

    Args:
        kind: what the source is, in words.
        arrays: by `layer/variable`, as Keras writes a variable's path.
        folded: by the name of the batch normalization that each belongs to.
        has_background: whether an anchor's class outputs start with one for the background.
        names_of_targets: what the source would call each variable of the network, by its place
            among `matching.targets_of`; None where it uses the variables' own paths.
    """

    kind: str
    arrays: Mapping[str, Array]
    folded: Mapping[str, FoldedBatchNorm] = field(default_factory=dict)
    has_background: bool = False
    names_of_targets: Mapping[int, str] | None = None
