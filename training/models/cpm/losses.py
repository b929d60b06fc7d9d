"""The loss of every stage: how far its belief maps are from the ideal ones."""

from collections.abc import Sequence

import tensorflow as tf

from training.models.cpm.belief_maps import IdealMaps

EARLIER_STAGES, LAST_STAGE = "earlier_stages", "last_stage"


def stage_losses(stages: Sequence[tf.Tensor], ideal: IdealMaps) -> dict[str, tf.Tensor]:
    """The loss of the last stage, and of all before it together.

    Each stage has a loss of its own, so that the gradient does not fade on its way to the first
    (Wei et al. 2016, section 3.3). It is the squared distance to the ideal map, added up over the
    cells: the paper's, as a mean over the maps that are known.

    Args:
        stages: (B, h, w, K + 1) float32 of each, the last one last.
        ideal: what they should be.
    """
    known = tf.maximum(tf.reduce_sum(ideal.weights), 1.0)

    def distance(maps: tf.Tensor) -> tf.Tensor:
        squared = tf.reduce_sum(tf.square(tf.cast(maps, tf.float32) - ideal.maps), axis=(1, 2))
        return tf.reduce_sum(squared * ideal.weights) / known

    losses = {LAST_STAGE: distance(stages[-1])}
    if len(stages) > 1:
        losses[EARLIER_STAGES] = tf.add_n([distance(maps) for maps in stages[:-1]])
    return losses
