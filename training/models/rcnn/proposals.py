"""From the region proposal network's words on all anchors to a fixed number of boxes."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.models.rcnn.options import RcnnOptions
from training.models.ssd.box_coder import decode_boxes

# Above the nothing that a box scores on levels that it is not of; a logit of -1e30.
LEAST_SCORE = 1e-30


@dataclass(frozen=True)
class LevelAnchors:
    """The A anchors of a pyramid, level by level, the finest first.

    Args:
        boxes_yxyx: (A, 4) float32, as shares of the image.
        counts: how many each level has.
    """

    boxes_yxyx: npt.NDArray[np.float32]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if sum(self.counts) != len(self.boxes_yxyx):
            raise ValueError(f"{len(self.boxes_yxyx)} anchors in levels of {self.counts}")


class Proposals(NamedTuple):
    """Where there may be objects in B images, P boxes each, the likeliest first.

    Args:
        boxes_yxyx: (B, P, 4) float32, [y_min, x_min, y_max, x_max] in 0..1; zeros fill it up.
        counts: (B,) int32, how many of the P are proposals.
    """

    boxes_yxyx: tf.Tensor
    counts: tf.Tensor

    @property
    def are_real(self) -> tf.Tensor:
        """(B, P) bool, false where zeros fill up."""
        return tf.range(tf.shape(self.boxes_yxyx)[1])[None] < self.counts[:, None]


def propose(
    logits: tf.Tensor,
    encodings: tf.Tensor,
    anchors: LevelAnchors,
    options: RcnnOptions,
    *,
    training: bool,
) -> Proposals:
    """The likeliest boxes of which none covers much of another of its level.

    Ren et al. 2015, section 3.3; by level as Lin et al. 2017 and Detectron2 have it. Each level
    gives as many as it has, up to `proposals_before_nms`, and is suppressed by itself, so that the
    many anchors of the finest do not take the places of all others; the best of all levels are
    kept. No gradient goes through it.

    Args:
        logits: (B, A) float32.
        encodings: (B, A, 4) float32.
        anchors: the A anchors, by level.
        options: how many.
        training: more are kept, so that enough can be sampled from them.
    """
    scores, boxes, levels = [], [], []
    start = 0
    for level, count in enumerate(anchors.counts):
        of_level = slice(start, start + count)
        best, places = tf.math.top_k(
            _as_scores(logits[:, of_level]), min(options.proposals_before_nms, count)
        )
        decoded = decode_boxes(
            tf.gather(anchors.boxes_yxyx[of_level], places),
            tf.gather(encodings[:, of_level], places, axis=1, batch_dims=1),
        )
        scores.append(best)
        boxes.append(tf.clip_by_value(decoded, 0.0, 1.0))
        levels.append(tf.fill((best.shape[1],), level))
        start += count
    # To the operation a level is a class: no box of one suppresses a box of another.
    own = tf.one_hot(tf.concat(levels, axis=0), len(anchors.counts))  # (K, L)
    most = options.training_proposals if training else options.proposals
    kept = tf.image.combined_non_max_suppression(
        tf.concat(boxes, axis=1)[:, :, None, :],
        tf.concat(scores, axis=1)[..., None] * own,
        max_output_size_per_class=most,
        max_total_size=most,
        iou_threshold=options.proposal_nms_iou,
        score_threshold=LEAST_SCORE,
        clip_boxes=True,
    )
    return Proposals(tf.stop_gradient(kept.nmsed_boxes), kept.valid_detections)


def _as_scores(logits: tf.Tensor) -> tf.Tensor:
    """Above 0 and in the order of the logits, of which a sigmoid makes the same 1 above 17."""
    return tf.where(logits > 0.0, 1.0 + logits, 1.0 / (1.0 - tf.minimum(logits, 0.0)))
