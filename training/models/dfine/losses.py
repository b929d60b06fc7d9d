"""What a D-FINE's mistakes cost: in every layer, and in the encoder's first guesses.

Names are the paper's: VFL for the classes (Zhang et al. 2020, https://arxiv.org/abs/2008.13367),
L1 and CIoU for the boxes, FGL for the distributions that boxes are made of, DDF for what the
earlier layers learn from the last one's.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS, Batch
from training.models.dfine.assignment import assign, corners
from training.models.dfine.denoising import NoisyQueries
from training.models.dfine.distributions import BINS, distances_to_bins
from training.models.dfine.options import DfineOptions

_ALPHA, _GAMMA = 0.75, 2.0
_TEMPERATURE = 5.0
# A prediction is nobody's business if more than this share of it lies in what is to be ignored.
_IGNORED_SHARE = 0.5


class Objects(NamedTuple):
    """Of B images with M objects each, at least one, padded.

    Args:
        classes: (B, M) int32, 0 where padded.
        boxes_xywh: (B, M, 4) float32 by center, the whole image where padded.
        wanted: (B, M) bool, to be found.
        ignored_xyxy: (B, M, 4) float32, of no size where nothing is to be ignored.
    """

    classes: tf.Tensor
    boxes_xywh: tf.Tensor
    wanted: tf.Tensor
    ignored_xyxy: tf.Tensor


class _Matched(NamedTuple):
    """Of B images, K sets of predictions and M objects.

    Args:
        query: (B, K, M) int32, 0 where there is none.
        found: (B, K, M) float32, 1 where there is one.
        boxes_xywh: (B, K, M, 4) float32, the query's.
        iou: (B, K, M) float32, of it and the object, without a gradient; 0 where there is none.
    """

    query: tf.Tensor
    found: tf.Tensor
    boxes_xywh: tf.Tensor
    iou: tf.Tensor


def detection_losses(
    outputs: dict[str, tf.Tensor], batch: Batch, options: DfineOptions
) -> dict[str, tf.Tensor]:
    """The loss of a batch in five scalars, each by the number of objects.

    Args:
        outputs: `network.OUTPUTS`.
        batch: what they should have been. What is ignored is neither matched, nor is a
            prediction inside of it background.
        options: how they are weighed.
    """
    objects = objects_of(batch)
    boxes = tf.concat(
        [outputs["intermediate_reference_points"], outputs["enc_topk_bboxes"][:, None]], axis=1
    )  # (B, K, Q, 4), K = L + 2
    # As far beyond the image as they are, since a box that was cut would not be drawn back.
    boxes = tf.concat([boxes[..., :2], tf.maximum(boxes[..., 2:], 0.0)], axis=-1)
    logits = tf.concat(
        [outputs["intermediate_logits"], outputs["enc_topk_logits"][:, None]], axis=1
    )
    matched = _match(logits, boxes, objects)
    count = tf.maximum(tf.reduce_sum(tf.cast(objects.wanted, tf.float32)), 1.0)
    weights = _class_weights(objects, options)  # (B, 1, M)
    # The first set is the first layer's guess before it has distributions, the last the encoder's.
    of_layers = _Matched(*(each[:, 1:-1] for each in matched))
    corner_logits = _by_bin(outputs["intermediate_predicted_corners"][:, 1:])  # (B, L, Q, 4, bins)
    distance, overlap = _box_losses(matched, objects, weights)
    fine = _distribution_loss(
        corner_logits, outputs["initial_reference_points"][:, 1:], of_layers, objects, weights
    )
    return {
        "classification": _class_loss(logits, boxes, matched, objects, weights) / count,
        "localization": options.box_weight * distance / count,
        "overlap": options.iou_weight * overlap / count,
        "distribution": options.distribution_weight * fine / count,
        "distillation": options.distillation_weight
        * _distillation_loss(corner_logits, outputs["intermediate_logits"][:, 1:], of_layers),
    }


def denoising_loss(
    outputs: dict[str, tf.Tensor], noisy: NoisyQueries, objects: Objects, options: DfineOptions
) -> tf.Tensor:
    """What noisy queries cost: the same losses, in every layer, of each object in each group.

    A positive query is its own object's, which nobody has to look for; a negative one is
    background, and so is nothing that is padded.

    Args:
        outputs: the first four of `network.OUTPUTS`.
        noisy: the queries.
        objects: that they were made of.
        options: how they are weighed.
    """
    of_each = Objects(
        tf.gather(objects.classes, noisy.origin, batch_dims=1),
        tf.gather(objects.boxes_xywh, noisy.origin, batch_dims=1),
        noisy.positive,
        objects.ignored_xyxy,
    )
    boxes = outputs["intermediate_reference_points"]  # (B, L + 1, N, 4)
    boxes = tf.concat([boxes[..., :2], tf.maximum(boxes[..., 2:], 0.0)], axis=-1)
    logits = outputs["intermediate_logits"]
    shape = tf.shape(logits)
    query = tf.where(noisy.positive, tf.range(shape[2]), -1)  # (B, N)
    matched = _taken(tf.tile(query[:, None], [1, shape[1], 1]), boxes, of_each)
    positives = tf.reduce_sum(tf.cast(noisy.positive, tf.float32))
    weights = _class_weights(of_each, options)
    of_layers = _Matched(*(each[:, 1:] for each in matched))
    corner_logits = _by_bin(outputs["intermediate_predicted_corners"][:, 1:])
    real = tf.cast(noisy.real, tf.float32)[:, None]  # (B, 1, N)
    distance, overlap = _box_losses(matched, of_each, weights)
    fine = _distribution_loss(
        corner_logits, outputs["initial_reference_points"][:, 1:], of_layers, of_each, weights
    )
    by_object = (
        _class_loss(logits, boxes, matched, of_each, weights, real)
        + options.box_weight * distance
        + options.iou_weight * overlap
        + options.distribution_weight * fine
    )
    distilled = _distillation_loss(corner_logits, logits[:, 1:], of_layers, real)
    return by_object / tf.maximum(positives, 1.0) + options.distillation_weight * distilled


def objects_of(batch: Batch) -> Objects:
    """What is to be found in a batch, padded to one object or more."""
    # One more, so that there is one to choose where a batch has no objects.
    classes = tf.pad(batch["classes"], [[0, 0], [0, 1]], constant_values=PADDING_CLASS)
    ignored = tf.pad(batch["ignored"], [[0, 0], [0, 1]])
    yxyx = tf.pad(batch["boxes_yxyx"], [[0, 0], [0, 1], [0, 0]])
    xyxy = tf.gather(yxyx, [1, 0, 3, 2], axis=-1)
    wanted = tf.logical_and(classes != PADDING_CLASS, ~ignored)
    size = xyxy[..., 2:] - xyxy[..., :2]
    xywh = tf.concat([xyxy[..., :2] + size / 2, size], axis=-1)
    return Objects(
        tf.maximum(classes, 0),
        tf.where(wanted[..., None], xywh, [0.5, 0.5, 1.0, 1.0]),
        wanted,
        tf.where(ignored[..., None], xyxy, 0.0),
    )


def _match(logits: tf.Tensor, boxes: tf.Tensor, objects: Objects) -> _Matched:
    query = assign(logits, boxes, objects.classes, objects.boxes_xywh, objects.wanted)
    return _taken(query, boxes, objects)


def _taken(query: tf.Tensor, boxes: tf.Tensor, objects: Objects) -> _Matched:
    """By the (B, K, M) query of each object, -1 where there is none."""
    found = tf.cast(query >= 0, tf.float32)
    query = tf.maximum(query, 0)
    chosen = tf.gather(boxes, query, batch_dims=2)  # (B, K, M, 4)
    chosen = tf.where(found[..., None] > 0, chosen, objects.boxes_xywh[:, None])
    iou = tf.stop_gradient(_iou(corners(chosen), corners(objects.boxes_xywh[:, None])))
    return _Matched(query, found, chosen, iou * found)


def _class_weights(objects: Objects, options: DfineOptions) -> tf.Tensor:
    table = tf.constant(options.class_weights or (1.0,), tf.float32)
    number = objects.classes if options.class_weights else tf.zeros_like(objects.classes)
    return tf.gather(table, number)[:, None]


def _class_loss(
    logits: tf.Tensor,
    boxes: tf.Tensor,
    matched: _Matched,
    objects: Objects,
    weights: tf.Tensor,
    real: tf.Tensor | float = 1.0,
) -> tf.Tensor:
    """VFL: an object's class should score its box's IoU, all else nothing.

    `real`, (B, 1, Q), is 0 where a query is padding.
    """
    shape = tf.shape(logits)
    of_query = tf.one_hot(matched.query, shape[2]) * matched.found[..., None]  # (B, K, M, Q)
    of_class = tf.one_hot(objects.classes, shape[3])  # (B, M, C)
    truth = tf.einsum("bkmq,bmc->bkqc", of_query, of_class)
    score = tf.einsum("bkmq,bkm,bmc->bkqc", of_query, matched.iou, of_class)
    weight = tf.einsum("bkmq,bkm,bmc->bkqc", of_query, matched.iou * weights, of_class)
    guess = tf.stop_gradient(tf.sigmoid(logits))
    elsewhere = (real * (1.0 - tf.cast(_in_ignored(boxes, objects), tf.float32)))[..., None]
    weight += _ALPHA * guess**_GAMMA * (1.0 - truth) * elsewhere
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(score, logits)
    return tf.reduce_sum(entropy * weight)


def _in_ignored(boxes: tf.Tensor, objects: Objects) -> tf.Tensor:
    """(B, K, Q) bool: most of the prediction lies in one box that is to be ignored."""
    here = corners(tf.stop_gradient(boxes))[:, :, :, None]
    there = objects.ignored_xyxy[:, None, None]
    inside = _intersection(here, there)  # (B, K, Q, M)
    share = inside > _IGNORED_SHARE * _area(here)
    return tf.reduce_any(tf.logical_and(share, inside > 0), axis=-1)


def _box_losses(
    matched: _Matched, objects: Objects, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    truth = objects.boxes_xywh[:, None]
    distance = tf.reduce_sum(tf.abs(matched.boxes_xywh - truth), axis=-1)
    here, there = corners(matched.boxes_xywh), corners(truth + tf.zeros_like(matched.boxes_xywh))
    overlap = 1.0 - keras.utils.bounding_boxes.compute_ciou(there, here, "xyxy")
    counted = matched.found * weights
    return tf.reduce_sum(distance * counted), tf.reduce_sum(overlap * counted)


def _distribution_loss(
    corner_logits: tf.Tensor,
    reference_xywh: tf.Tensor,
    matched: _Matched,
    objects: Objects,
    weights: tf.Tensor,
) -> tf.Tensor:
    """FGL: each side's distribution should lie on the two bins beside its true distance."""
    of_query = tf.gather(corner_logits, matched.query, batch_dims=2)  # (B, L, M, 4, bins)
    start = tf.stop_gradient(tf.gather(reference_xywh, matched.query, batch_dims=2))
    left, right_share = distances_to_bins(start, corners(objects.boxes_xywh[:, None]))
    surprise = -tf.nn.log_softmax(of_query)
    per_side = (1 - right_share) * tf.gather(
        surprise, left, batch_dims=4
    ) + right_share * tf.gather(surprise, left + 1, batch_dims=4)
    counted = (matched.iou * matched.found * weights)[..., None]
    return tf.reduce_sum(per_side * counted)


def _distillation_loss(
    corner_logits: tf.Tensor,
    logits: tf.Tensor,
    matched: _Matched,
    real: tf.Tensor | float = 1.0,
) -> tf.Tensor:
    """DDF: the earlier layers' distributions should be the last one's, where it is sure.

    `real` is as `_class_loss` takes it.
    """
    teacher = tf.nn.softmax(tf.stop_gradient(corner_logits[:, -1:]) / _TEMPERATURE)
    student = tf.nn.log_softmax(corner_logits[:, :-1] / _TEMPERATURE)
    divergence = tf.reduce_sum(teacher * (tf.math.log(teacher + 1e-8) - student), axis=-1)
    per_query = tf.reduce_mean(divergence, axis=-1) * _TEMPERATURE**2  # (B, L - 1, Q)
    queries = tf.shape(logits)[2]
    of_query = tf.one_hot(matched.query[:, :-1], queries) * matched.found[:, :-1, :, None]
    taken = tf.minimum(tf.reduce_sum(of_query, axis=2), 1.0)
    iou = tf.reduce_sum(of_query * matched.iou[:, :-1, :, None], axis=2)
    sure = tf.stop_gradient(tf.reduce_max(tf.sigmoid(logits[:, -1:]), axis=-1))  # (B, 1, Q)
    images = tf.cast(tf.shape(logits)[0], tf.float32)
    axes = (0, 2)
    rest_of = (1.0 - taken) * real
    objects, others = (tf.reduce_sum(each, axis=axes) for each in (taken, rest_of))
    of_objects = tf.reduce_sum(per_query * iou * taken, axis=axes) / tf.maximum(objects, 1.0)
    of_others = tf.reduce_sum(per_query * sure * rest_of, axis=axes) / tf.maximum(others, 1.0)
    # The paper's balance between the few that are matched and the many that are not.
    weight, rest = tf.sqrt(objects / images), tf.sqrt(others / images)
    both = of_objects * weight + of_others * rest
    return tf.reduce_sum(tf.math.divide_no_nan(both, weight + rest))


def _by_bin(corner_logits: tf.Tensor) -> tf.Tensor:
    shape = tf.shape(corner_logits)
    return tf.reshape(corner_logits, tf.concat([shape[:-1], [4, BINS + 1]], axis=0))


def _intersection(here: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    size = tf.minimum(here[..., 2:], there[..., 2:]) - tf.maximum(here[..., :2], there[..., :2])
    return tf.reduce_prod(tf.maximum(size, 0.0), axis=-1)


def _area(boxes: tf.Tensor) -> tf.Tensor:
    return tf.reduce_prod(tf.maximum(boxes[..., 2:] - boxes[..., :2], 0.0), axis=-1)


def _iou(here: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    both = _intersection(here, there)
    return tf.math.divide_no_nan(both, _area(here) + _area(there) - both)
