"""What the sampled proposals should say: their object's class, box and mask."""

from typing import NamedTuple

import keras
import tensorflow as tf

from training.input_pipeline.batch import PADDING_CLASS, Batch
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import Proposals
from training.models.rcnn.sampling import sample

# A proposal with less of its area than this in an ignored region is not ignored.
IGNORED_SHARE = 0.5
# From which share of a place on it is the object's.
_COVERED = 0.5


class RegionTargets(NamedTuple):
    """S proposals of each of B images, and their targets.

    Args:
        boxes_yxyx: (B, S, 4) float32, the proposals; those of objects first.
        classes: (B, S) int32, the object's, from 0; -1 is background.
        object_boxes_yxyx: (B, S, 4) float32, the object's; any where there is none.
        object_places: (B, S) int32, which of the batch's objects; any where there is none.
        are_sampled: (B, S) bool, false where there were too few.
    """

    boxes_yxyx: tf.Tensor
    classes: tf.Tensor
    object_boxes_yxyx: tf.Tensor
    object_places: tf.Tensor
    are_sampled: tf.Tensor


def region_targets(
    proposals: Proposals, batch: Batch, options: RcnnOptions, seed: tf.Tensor
) -> RegionTargets:
    """Sample proposals, the objects' own boxes among them, and match them by overlap.

    Args:
        proposals: of the batch.
        batch: its objects, and what is to be ignored.
        options: how many, and from which overlap on.
        seed: (2,) int32, of the choice.
    """
    # An object that no image has, so that there is one to choose where a batch has none.
    boxes = tf.pad(batch["boxes_yxyx"], [[0, 0], [0, 1], [0, 0]])  # (B, M + 1, 4)
    classes = tf.pad(batch["classes"], [[0, 0], [0, 1]], constant_values=PADDING_CLASS)
    ignored = tf.pad(batch["ignored"], [[0, 0], [0, 1]])
    are_objects = tf.logical_and(classes != PADDING_CLASS, ~ignored)
    # The objects themselves are learned from too, as long as no proposal is near them: all that
    # fit into as many places as objects are sampled at most.
    own, own_are_real = _first_objects(boxes, are_objects, options.positive_rois)
    candidates = tf.concat([proposals.boxes_yxyx, own], axis=1)  # (B, P + O, 4)
    are_real = tf.concat([proposals.are_real, own_are_real], axis=1)
    overlaps = keras.utils.bounding_boxes.compute_iou(candidates, boxes, "yxyx")
    overlaps = tf.where(are_objects[:, None, :], overlaps, -1.0)  # (B, P + O, M + 1)
    best = tf.reduce_max(overlaps, axis=2)
    positive = tf.logical_and(are_real, best >= options.roi_matched_iou)
    background = tf.logical_and(are_real, ~positive)
    background = tf.logical_and(background, ~_in_ignored(candidates, boxes, ignored))
    chosen = sample(positive, background, options.roi_samples, options.roi_positive_share, seed)
    nearest = tf.argmax(overlaps, axis=2, output_type=tf.int32)
    object_places = tf.gather(nearest, chosen.places, axis=1, batch_dims=1)
    object_classes = tf.gather(classes, object_places, axis=1, batch_dims=1)
    return RegionTargets(
        tf.gather(candidates, chosen.places, axis=1, batch_dims=1),
        tf.where(chosen.are_objects, object_classes, PADDING_CLASS),
        tf.gather(boxes, object_places, axis=1, batch_dims=1),
        object_places,
        chosen.are_sampled,
    )


def mask_targets(
    boxes_yxyx: tf.Tensor, object_places: tf.Tensor, masks: tf.Tensor, side: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """The objects' masks as their proposals see them.

    Args:
        boxes_yxyx: (B, S, 4) float32, the proposals.
        object_places: (B, S) int32, whose mask; M is of no object.
        masks: (B, M, H, W) uint8, 0 or 1.
        side: of the result.

    Returns:
        (B, S, side, side) float32, 0 or 1; and (B, S) float32, 1 where the object has a mask.
    """
    masks = tf.pad(masks, [[0, 0], [0, 1], [0, 0], [0, 0]])
    shape = tf.shape(masks)
    have_masks = tf.reduce_any(masks > 0, axis=(2, 3))  # (B, M + 1)
    framed = _framed(tf.reshape(masks, (-1, shape[2], shape[3], 1)))
    whose = tf.range(shape[0])[:, None] * shape[1] + object_places
    # The operation's first and last points are on the corners it is given, counted from the
    # middles of the corner pixels; ours are in the middles of the result's places.
    size = tf.cast(shape[2:], tf.float32)
    size = tf.concat([size, size], axis=0)
    share = 0.5 / side
    low, high = boxes_yxyx[..., :2], boxes_yxyx[..., 2:]
    middles = tf.concat([low + share * (high - low), high - share * (high - low)], axis=-1)
    corners = (middles * size + 0.5) / (size + 1)
    cropped = tf.image.crop_and_resize(
        tf.cast(framed, tf.float32),
        tf.reshape(corners, (-1, 4)),
        tf.reshape(whose, (-1,)),
        (side, side),
    )
    covered = tf.cast(cropped[..., 0] >= _COVERED, tf.float32)
    covered = tf.reshape(covered, (shape[0], -1, side, side))
    weights = tf.gather(tf.cast(have_masks, tf.float32), object_places, axis=1, batch_dims=1)
    return covered, weights


def _framed(masks: tf.Tensor) -> tf.Tensor:
    """Masks (N, H, W, 1) with their outermost pixels a second time around them.

    `crop_and_resize` takes nothing for covered from the middles of the outermost pixels on, but a
    mask goes on to the image's edge.
    """
    for axis in (1, 2):
        last = tf.shape(masks)[axis] - 1
        before, after = (tf.gather(masks, [place], axis=axis) for place in (0, last))
        masks = tf.concat([before, masks, after], axis=axis)
    return masks


def _first_objects(
    boxes_yxyx: tf.Tensor, are_objects: tf.Tensor, most: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """(B, most, 4) boxes of objects, and (B, most) whether there were so many."""
    padded = tf.pad(are_objects, [[0, 0], [0, most]])
    found, places = tf.math.top_k(tf.cast(padded, tf.int32), most)
    boxes = tf.gather(tf.pad(boxes_yxyx, [[0, 0], [0, most], [0, 0]]), places, axis=1, batch_dims=1)
    return boxes, found > 0


def _in_ignored(boxes_yxyx: tf.Tensor, regions_yxyx: tf.Tensor, ignored: tf.Tensor) -> tf.Tensor:
    """(B, N) bool: most of the box lies in one region that is to be ignored."""
    top_left = tf.maximum(boxes_yxyx[:, :, None, :2], regions_yxyx[:, None, :, :2])
    bottom_right = tf.minimum(boxes_yxyx[:, :, None, 2:], regions_yxyx[:, None, :, 2:])
    inside = tf.reduce_prod(tf.maximum(bottom_right - top_left, 0.0), axis=-1)  # (B, N, M)
    area = tf.reduce_prod(boxes_yxyx[..., 2:] - boxes_yxyx[..., :2], axis=-1)[..., None]
    return tf.reduce_any(tf.logical_and(inside > IGNORED_SHARE * area, ignored[:, None, :]), axis=2)
