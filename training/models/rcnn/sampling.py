"""Which anchors and proposals are learned from: some objects, some background, of each image."""

from typing import NamedTuple

import tensorflow as tf

from training.input_pipeline.batch import Batch


class Sample(NamedTuple):
    """S of the N anchors or proposals of B images.

    Args:
        places: (B, S) int32, which of the N; the objects first.
        are_objects: (B, S) bool.
        are_sampled: (B, S) bool, false where there were too few.
    """

    places: tf.Tensor
    are_objects: tf.Tensor
    are_sampled: tf.Tensor


def sample(
    objects: tf.Tensor, background: tf.Tensor, count: int, largest_share: float, seed: tf.Tensor
) -> Sample:
    """Choose at random, background where there are too few objects (Girshick 2015, section 2.3).

    Args:
        objects: (B, N) bool, what is an object.
        background: (B, N) bool, what is none; what is neither is not chosen.
        count: S; N where that is less.
        largest_share: of objects among them.
        seed: (2,) int32; the same gives the same choice.
    """
    count = min(count, objects.shape[1])
    most_objects = max(1, int(count * largest_share))
    chance = tf.random.stateless_uniform(tf.shape(objects), seed)
    best, _ = tf.math.top_k(tf.where(objects, chance, -1.0), most_objects)
    chosen = tf.logical_and(objects, chance >= best[:, -1:])
    # Chosen objects first, then background, then what only fills up.
    rank = tf.where(chosen, chance + 2, tf.where(background, chance + 1, chance - 1))
    values, places = tf.math.top_k(rank, count)
    return Sample(places, values >= 2, values >= 1)


def seed_of(batch: Batch) -> tf.Tensor:
    """(2,) int32 that depend on the images alone: a training that goes on chooses as before.

    The pixels are whole values, so that their sum is the same in whatever order it is made; and
    they are other ones each time that an image is augmented.
    """
    pixels = tf.reduce_sum(tf.cast(batch["images"], tf.int32))
    return tf.stack([pixels, tf.reduce_sum(batch["image_ids"])])
