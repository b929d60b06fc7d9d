"""RoIAlign (He et al. 2017, section 3): the features of boxes, cut out of the pyramid's levels."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

# Lin et al. 2017, equation 1.
CANONICAL_LEVEL = 4


def roi_align(
    levels: Sequence[tf.Tensor],
    finest: int,
    boxes_yxyx: tf.Tensor,
    *,
    bins: int,
    samplings: int,
    level_size: float,
) -> tf.Tensor:
    """Each box's features from the level that suits its size, in `bins` by `bins` places.

    A bin is the mean of points spread evenly in it, each interpolated from the four places around
    it. All levels lie in one table, of which every point takes four rows: a box costs the same
    whatever its level, and the operations are ones that every engine has.

    Args:
        levels: (B, H, W, C) each, of known sizes, the finest first.
        finest: the first one's level; level l has strides of 2^l pixels.
        boxes_yxyx: (B, R, 4) float32, in 0..1.
        bins: rows and columns of what is cut out.
        samplings: points in a bin, in each direction.
        level_size: a box of this side, in pixels, is looked at on level 4, and one of half of it on
            level 3; the paper's is 224, the side of ImageNet's images.

    Returns:
        (B * R, bins, bins, C), the levels' dtype.
    """
    channels = levels[0].shape[-1]
    sizes = [(each.shape[1], each.shape[2]) for each in levels]
    areas = [height * width for height, width in sizes]
    table = tf.concat(
        [tf.reshape(each, (-1, area, channels)) for each, area in zip(levels, areas, strict=True)],
        axis=1,
    )  # (B, T, C)
    flat = tf.reshape(table, (-1, channels))  # (B * T, C)
    place = _level_places(boxes_yxyx, sizes[0], finest, len(levels), level_size)  # (B, R)
    heights, widths, starts = (
        tf.gather(tf.constant(values, tf.int32), place)[..., None]
        for values in ([h for h, _ in sizes], [w for _, w in sizes], [0, *np.cumsum(areas)[:-1]])
    )  # (B, R, 1) each
    rows = _points(boxes_yxyx[..., 0], boxes_yxyx[..., 2], bins * samplings, heights)
    columns = _points(boxes_yxyx[..., 1], boxes_yxyx[..., 3], bins * samplings, widths)
    images = tf.range(tf.shape(boxes_yxyx)[0])[:, None, None] * sum(areas)
    starts = starts + images
    pooled = tf.zeros((), flat.dtype)
    for row, row_share in rows:
        for column, column_share in columns:
            index = (starts + row * widths)[..., None] + column[:, :, None, :]  # (B, R, S, S)
            share = row_share[..., None] * column_share[:, :, None, :]
            pooled += tf.gather(flat, index) * tf.cast(share, flat.dtype)[..., None]
    side = bins * samplings
    pooled = tf.reshape(pooled, (-1, side, side, channels))  # (B * R, S, S, C)
    return pooled if samplings == 1 else tf.nn.avg_pool2d(pooled, samplings, samplings, "VALID")


def _level_places(
    boxes_yxyx: tf.Tensor,
    finest_size_hw: tuple[int, int],
    finest: int,
    count: int,
    level_size: float,
) -> tf.Tensor:
    """(B, R) int32, which of the levels each box is cut out of, from 0."""
    sides = boxes_yxyx[..., 2:] - boxes_yxyx[..., :2]
    # As in the image that the network sees, in pixels.
    pixels = sides * tf.constant([side * 2.0**finest for side in finest_size_hw])
    # A box without an area is on the finest level, and its logarithm no number without a floor.
    area = tf.maximum(tf.reduce_prod(pixels, axis=-1), 1.0)
    level = CANONICAL_LEVEL + tf.math.log(tf.sqrt(area) / level_size) / np.log(2.0)
    # Rounded down; a share more, so that an image's half is not one level or the other by chance.
    place = tf.cast(tf.floor(level + 1e-5), tf.int32) - finest
    return tf.clip_by_value(place, 0, count - 1)


def _points(
    starts: tf.Tensor, ends: tf.Tensor, count: int, sizes: tf.Tensor
) -> tuple[tuple[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """The two places around each of `count` points from starts to ends, with their shares.

    Args:
        starts: (B, R) in 0..1.
        ends: (B, R).
        count: how many points, each in the middle of its part.
        sizes: (B, R, 1) int32, places of the level in this direction.

    Returns:
        For the lower and the upper place: (B, R, count) int32 and its share, float32.
    """
    middles = tf.constant((np.arange(count) + 0.5) / count, tf.float32)
    shares = starts[..., None] + middles * (ends - starts)[..., None]
    # A level's places are in the middle of their cells.
    last = tf.cast(sizes, tf.float32) - 1
    points = tf.clip_by_value(shares * tf.cast(sizes, tf.float32) - 0.5, 0.0, last)
    lower = tf.floor(points)
    upper_share = points - lower
    lower_place = tf.cast(lower, tf.int32)
    upper_place = tf.minimum(lower_place + 1, sizes - 1)
    return (lower_place, 1 - upper_share), (upper_place, upper_share)
