"""The losses of an R-CNN: of its proposals, and of their classes, boxes and masks."""

import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.region_targets import RegionTargets
from training.models.rcnn.sampling import sample
from training.models.ssd.box_coder import VARIANCE, encode_boxes
from training.models.ssd.matching import AnchorTargets

Losses = dict[str, tf.Tensor]
# From which error on a box's loss rises evenly: of proposals, as Ren et al.'s own code and
# torchvision have it; of the box head, Girshick 2015, in tenths and fifths (`VARIANCE`).
PROPOSAL_BETA, BOX_BETA = 1 / 9, 1.0


def proposal_losses(
    logits: tf.Tensor,
    encodings: tf.Tensor,
    anchors_yxyx: tf.Tensor,
    targets: AnchorTargets,
    options: RcnnOptions,
    seed: tf.Tensor,
) -> Losses:
    """The region proposal network's (Ren et al. 2015, section 3.1.2), over sampled anchors.

    Args:
        logits: (B, A) float32, whether each anchor is an object.
        encodings: (B, A, 4) float32.
        anchors_yxyx: (A, 4) float32.
        targets: of each anchor or region.
        options: how many anchors.
        seed: (2,) int32, of the choice.

    Returns:
        `proposal_classification` and `proposal_localization`, both by the number of anchors
        sampled, as torchvision and Detectron2 have them; the boxes' on differences from the anchor
        as they are, not over the coder's variance.
    """
    trained = targets.trained > 0
    objects = tf.logical_and(trained, targets.classes != PADDING_CLASS)
    background = tf.logical_and(trained, targets.classes == PADDING_CLASS)
    chosen = sample(objects, background, options.rpn_samples, options.rpn_positive_share, seed)
    truth = tf.cast(chosen.are_objects, tf.float32)
    sampled_logits = tf.gather(logits, chosen.places, axis=1, batch_dims=1)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(truth, sampled_logits)
    boxes = tf.gather(targets.boxes_yxyx, chosen.places, axis=1, batch_dims=1)
    wanted = encode_boxes(tf.gather(anchors_yxyx, chosen.places), boxes)
    moved = tf.gather(encodings, chosen.places, axis=1, batch_dims=1)
    sampled = tf.cast(chosen.are_sampled, tf.float32)
    per_box = _smooth_l1((moved - wanted) * VARIANCE, PROPOSAL_BETA)
    return {
        "proposal_classification": _mean(entropy, sampled),
        "proposal_localization": options.box_loss_weight * _per_sample(per_box * truth, sampled),
    }


def box_head_losses(
    logits: tf.Tensor, encodings: tf.Tensor, targets: RegionTargets, options: RcnnOptions
) -> Losses:
    """The box head's (Girshick 2015, section 2.3).

    Args:
        logits: (B, S, C + 1) float32, background first.
        encodings: (B, S, C, 4) float32, a box for each class.
        targets: of each anchor or region.
        options: how classes and boxes are weighed.

    Returns:
        `classification` and `localization`, both by the number of proposals sampled.
    """
    numbers = targets.classes + 1
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(numbers, logits)
    # The first is background's.
    class_count = logits.shape[-1] - 1
    table = tf.constant((1.0, *(options.class_weights or (1.0,) * class_count)), tf.float32)
    sampled = tf.cast(targets.are_sampled, tf.float32)
    weights = tf.gather(table, numbers) * sampled
    are_objects = tf.cast(targets.classes != PADDING_CLASS, tf.float32)
    wanted = encode_boxes(targets.boxes_yxyx, targets.object_boxes_yxyx)
    # Only the box of the object's own class learns; of background, none.
    chosen = tf.one_hot(targets.classes, class_count)[..., None]  # (B, S, C, 1)
    moved = tf.reduce_sum(encodings * chosen, axis=2)
    per_box = _smooth_l1(moved - wanted, BOX_BETA) * are_objects
    return {
        "classification": _mean(entropy, weights),
        "localization": options.box_loss_weight * _per_sample(per_box, sampled),
    }


def mask_loss(
    logits: tf.Tensor, truth: tf.Tensor, classes: tf.Tensor, weights: tf.Tensor
) -> tf.Tensor:
    """The mask branch's (He et al. 2017, section 3), a scalar: only the object's own class counts.

    Args:
        logits: (B, S, h, w, C) float32.
        truth: (B, S, h, w) float32, 0 or 1.
        classes: (B, S) int32, from 0; -1 is background.
        weights: (B, S) float32, 0 where nothing is known of the mask.
    """
    chosen = tf.one_hot(classes, logits.shape[-1])[:, :, None, None, :]
    own = tf.reduce_sum(logits * chosen, axis=-1)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(truth, own)
    are_objects = tf.cast(classes != PADDING_CLASS, tf.float32)
    return _mean(tf.reduce_mean(entropy, axis=(2, 3)), are_objects * weights)


def _smooth_l1(error: tf.Tensor, beta: float) -> tf.Tensor:
    """Girshick 2015, equation 3, summed over the four numbers of a box.

    Quadratic up to `beta`, from where on its slope is 1.
    """
    size = tf.abs(error)
    quadratic = tf.minimum(size, beta)
    return tf.reduce_sum(0.5 / beta * quadratic**2 + (size - quadratic), axis=-1)


def _per_sample(values: tf.Tensor, sampled: tf.Tensor) -> tf.Tensor:
    """The sum of `values` by the number of samples."""
    return tf.reduce_sum(values) / tf.maximum(tf.reduce_sum(sampled), 1.0)


def _mean(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Over what counts; 0 where nothing does."""
    return tf.reduce_sum(values * weights) / tf.maximum(tf.reduce_sum(weights), 1.0)
