"""D-FINE's losses, of every decoder layer and of the encoder's proposals.

Names are the paper's: VFL for the classes (Zhang et al. 2020, https://arxiv.org/abs/2008.13367),
L1 and CIoU for the boxes, FGL and DDF for their distributions (`distribution_losses`).
"""

from typing import NamedTuple

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.dfine.boxes import area, corners, intersection
from training.models.dfine.denoising import DenoisingQueries
from training.models.dfine.distribution_losses import (
    distillation_loss,
    fine_grained_localization_loss,
    matched_share,
)
from training.models.dfine.distributions import BINS
from training.models.dfine.matches import Matches, match, matches_of
from training.models.dfine.objects import Objects, objects_of
from training.models.dfine.options import DfineOptions

_ALPHA, _GAMMA = 0.75, 2.0
# A prediction is ignored if more than this share of it lies in a box that is to be ignored.
_IGNORED_SHARE = 0.5


class _Predictions(NamedTuple):
    """K sets of predictions of B images: the first layer's guess, L layers, the encoder's if any.

    Args:
        logits: (B, K, Q, C) float32.
        boxes_xywh: (B, K, Q, 4) float32 by center.
        corner_logits: (B, L, Q, 4, bins) float32, of the layers alone.
        reference_xywh: (B, L, Q, 4) float32 by center, from which these are measured.
        layers: L.
    """

    logits: tf.Tensor
    boxes_xywh: tf.Tensor
    corner_logits: tf.Tensor
    reference_xywh: tf.Tensor
    layers: int


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
    predictions = _predictions(outputs)
    matches = match(predictions.logits, predictions.boxes_xywh, objects)
    share = matched_share(objects.wanted, tf.shape(predictions.logits)[2])
    return _losses(predictions, matches, objects, options, share)


def denoising_loss(
    outputs: dict[str, tf.Tensor],
    denoising: DenoisingQueries,
    objects: Objects,
    options: DfineOptions,
    queries: int | tf.Tensor,
) -> tf.Tensor:
    """The sum of the same losses of the denoising queries, by the number of positive ones.

    A positive query is matched with its own object; a negative one is background. Padding does not
    count.

    Args:
        outputs: the first four of `network.OUTPUTS`.
        denoising: the queries.
        objects: that they were made of.
        options: how they are weighed.
        queries: of an image, that find objects; DDF is balanced by them.
    """
    targets = Objects(
        tf.gather(objects.classes, denoising.origin, batch_dims=1),
        tf.gather(objects.boxes_xywh, denoising.origin, batch_dims=1),
        denoising.positive,
        objects.ignored_xyxy,
    )
    predictions = _predictions(outputs)
    shape = tf.shape(predictions.logits)
    query = tf.where(denoising.positive, tf.range(shape[2]), -1)  # (B, N)
    query = tf.tile(query[:, None], [1, shape[1], 1])
    matches = matches_of(query, predictions.boxes_xywh, targets)
    share = matched_share(objects.wanted, queries)
    is_query = tf.cast(denoising.real, tf.float32)[:, None]  # (B, 1, N)
    parts = _losses(predictions, matches, targets, options, share, is_query)
    return tf.add_n(list(parts.values()))


def _predictions(outputs: dict[str, tf.Tensor]) -> _Predictions:
    logits = outputs["intermediate_logits"]
    boxes = outputs["intermediate_reference_points"]
    if "enc_topk_logits" in outputs:
        logits = tf.concat([logits, outputs["enc_topk_logits"][:, None]], axis=1)
        boxes = tf.concat([boxes, outputs["enc_topk_bboxes"][:, None]], axis=1)
    # As far beyond the image as they are, since a box that was cut would not be drawn back.
    boxes = tf.concat([boxes[..., :2], tf.maximum(boxes[..., 2:], 0.0)], axis=-1)
    # The first layer's guess has no distributions; the first layer's stand in its place.
    flat = outputs["intermediate_predicted_corners"][:, 1:]
    corner_logits = tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], [4, BINS + 1]], axis=0))
    reference = outputs["initial_reference_points"][:, 1:]
    return _Predictions(logits, boxes, corner_logits, reference, int(flat.shape[1]))


def _losses(
    predictions: _Predictions,
    matches: Matches,
    objects: Objects,
    options: DfineOptions,
    share: tf.Tensor,
    is_query: tf.Tensor | float = 1.0,
) -> dict[str, tf.Tensor]:
    """The five parts; `share` and `is_query` as `distillation_loss` takes them."""
    count = tf.maximum(tf.reduce_sum(tf.cast(objects.wanted, tf.float32)), 1.0)
    weights = _class_weights(objects, options)  # (B, 1, M)
    last = 1 + predictions.layers
    of_layers = matches.sets(1, last)
    corner_logits = predictions.corner_logits
    distance, overlap = _box_losses(matches, objects, weights)
    classes = _varifocal_loss(predictions, matches, objects, weights, is_query)
    fine = fine_grained_localization_loss(
        corner_logits, predictions.reference_xywh, of_layers, objects, weights
    )
    distilled = distillation_loss(
        corner_logits, predictions.logits[:, 1:last], of_layers, share, is_query
    )
    return {
        "classification": classes / count,
        "localization": options.box_weight * distance / count,
        "overlap": options.iou_weight * overlap / count,
        "distribution": options.distribution_weight * fine / count,
        "distillation": options.distillation_weight * distilled,
    }


def _class_weights(objects: Objects, options: DfineOptions) -> tf.Tensor:
    table = tf.constant(options.class_weights or (1.0,), tf.float32)
    number = objects.classes if options.class_weights else tf.zeros_like(objects.classes)
    return tf.gather(table, number)[:, None]


def _varifocal_loss(
    predictions: _Predictions,
    matches: Matches,
    objects: Objects,
    weights: tf.Tensor,
    is_query: tf.Tensor | float,
) -> tf.Tensor:
    """VFL, summed: an object's class should score its box's IoU, all else nothing."""
    logits = predictions.logits
    shape = tf.shape(logits)
    of_query = tf.one_hot(matches.query, shape[2]) * matches.found[..., None]  # (B, K, M, Q)
    of_class = tf.one_hot(objects.classes, shape[3])  # (B, M, C)
    truth = tf.einsum("bkmq,bmc->bkqc", of_query, of_class)
    score = tf.einsum("bkmq,bkm,bmc->bkqc", of_query, matches.iou, of_class)
    weight = tf.einsum("bkmq,bkm,bmc->bkqc", of_query, matches.iou * weights, of_class)
    predicted = tf.stop_gradient(tf.sigmoid(logits))
    is_ignored = tf.cast(_is_ignored(predictions.boxes_xywh, objects), tf.float32)
    is_background = (is_query * (1.0 - is_ignored))[..., None]
    weight += _ALPHA * predicted**_GAMMA * (1.0 - truth) * is_background
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(score, logits)
    return tf.reduce_sum(entropy * weight)


def _is_ignored(boxes: tf.Tensor, objects: Objects) -> tf.Tensor:
    """(B, K, Q) bool: most of the prediction lies in one box that is to be ignored."""
    here = corners(tf.stop_gradient(boxes))[:, :, :, None]
    inside = intersection(here, objects.ignored_xyxy[:, None, None])  # (B, K, Q, M)
    share = inside > _IGNORED_SHARE * area(here)
    return tf.reduce_any(tf.logical_and(share, inside > 0), axis=-1)


def _box_losses(
    matches: Matches, objects: Objects, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """L1 and CIoU, summed."""
    truth = objects.boxes_xywh[:, None]
    distance = tf.reduce_sum(tf.abs(matches.boxes_xywh - truth), axis=-1)
    here, there = corners(matches.boxes_xywh), corners(truth + tf.zeros_like(matches.boxes_xywh))
    overlap = 1.0 - keras.utils.bounding_boxes.compute_ciou(there, here, "xyxy")
    counted = matches.found * weights
    return tf.reduce_sum(distance * counted), tf.reduce_sum(overlap * counted)
