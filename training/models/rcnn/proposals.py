"""From the region proposal network's words on all anchors to a fixed number of boxes."""

from typing import NamedTuple

import tensorflow as tf

from training.models.rcnn.options import RcnnOptions
from training.models.ssd.box_coder import decode_boxes


class Proposals(NamedTuple):
    """Where there may be objects in B pictures, P boxes each, the likeliest first.

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
    logits: tf.Tensor, encodings: tf.Tensor, anchors_yxyx: tf.Tensor, options: RcnnOptions
) -> Proposals:
    """The likeliest boxes of which none covers much of another (Ren et al. 2015, section 3.3).

    Suppression is over all levels at once. No gradient goes through it.

    Args:
        logits: (B, A) float32.
        encodings: (B, A, 4) float32.
        anchors_yxyx: (A, 4) float32, as shares of the picture.
        options: how many.
    """
    most = min(options.proposals_before_nms, anchors_yxyx.shape[0])
    scores, best = tf.math.top_k(tf.sigmoid(logits), most)  # (B, K)
    boxes = decode_boxes(
        tf.gather(anchors_yxyx, best), tf.gather(encodings, best, axis=1, batch_dims=1)
    )
    boxes = tf.clip_by_value(boxes, 0.0, 1.0)
    kept = tf.image.combined_non_max_suppression(
        boxes[:, :, None, :],
        scores[..., None],
        max_output_size_per_class=options.proposals,
        max_total_size=options.proposals,
        iou_threshold=options.proposal_nms_iou,
        score_threshold=0.0,
        clip_boxes=True,
    )
    return Proposals(tf.stop_gradient(kept.nmsed_boxes), kept.valid_detections)
