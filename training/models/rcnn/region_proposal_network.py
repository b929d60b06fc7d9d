"""The region proposal network (Ren et al. 2015, section 3.1): where there may be an object."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
from keras import layers

from training.models.ssd.layers import concatenate_levels

# Lin et al. 2017, section 4.1: each level has anchors of one size, of three ratios.
ANCHORS_PER_PLACE = 3
# Ren et al. 2015, section 3.3.
DEVIATION = 0.01


class ProposalColumns(NamedTuple):
    """What it says of the A anchors of all levels, the finest first.

    Args:
        logits: (B, A) float32, an object or background.
        encodings: (B, A, 4) float32, how each anchor is moved.
    """

    logits: keras.KerasTensor
    encodings: keras.KerasTensor


def region_proposal_network(
    levels: Sequence[keras.KerasTensor], channels: int
) -> tuple[ProposalColumns, tuple[keras.Layer, ...]]:
    """One small network for all levels, and its layers.

    Args:
        levels: (B, H, W, C) each.
        channels: of its hidden convolution.
    """
    normal = keras.initializers.RandomNormal(stddev=DEVIATION)
    hidden = layers.Conv2D(channels, 3, padding="same", activation="relu", name="proposal_hidden")
    objectness = layers.Conv2D(
        ANCHORS_PER_PLACE, 1, kernel_initializer=normal, name="proposal_objectness"
    )
    boxes = layers.Conv2D(
        ANCHORS_PER_PLACE * 4, 1, kernel_initializer=normal, name="proposal_boxes"
    )
    logits, encodings = [], []
    for number, level in enumerate(levels):
        x = hidden(level)
        name = f"proposal_level_{number}"
        logits.append(layers.Reshape((-1,), name=f"{name}_logits")(objectness(x)))
        encodings.append(layers.Reshape((-1, 4), name=f"{name}_encodings")(boxes(x)))
    columns = ProposalColumns(
        concatenate_levels(logits, "proposal_logits"),
        concatenate_levels(encodings, "proposal_encodings"),
    )
    return columns, (hidden, objectness, boxes)
