"""Where belief maps are highest, more exactly than their cells."""

import tensorflow as tf

# The logarithm of a belief that is nought or below; maps are not exact to a thousandth.
LEAST_BELIEF = 1e-3


def points_of(maps: tf.Tensor, sigma: float) -> tf.Tensor:
    """The point of each map, by operations that every runtime has.

    The highest cell, moved by at most half a cell along each side to the top of the parabola
    through the logarithms of its belief and its neighbours'. The logarithm of a Gaussian is a
    parabola, so on the maps that are learned from this is exact. Beyond the map's edge it goes on
    with the bend that they have.

    Args:
        maps: (B, h, w, K) float32, without the background.
        sigma: of the Gaussians that were learned from, in cells.

    Returns:
        (B, K, 3) float32: [y, x] in 0..1, and the highest belief, in 0..1.

    Source:
        Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation"
        (CVPR 2020), section 3.2, along each axis by itself.
    """
    _, height, width, count = maps.shape
    flat = tf.reshape(maps, (-1, height * width, count))
    highest = tf.argmax(flat, axis=1, output_type=tf.int32)  # (B, K)
    here = tf.one_hot(highest, height * width, axis=1)  # (B, h * w, K)
    beliefs = tf.maximum(maps, LEAST_BELIEF)
    framed = tf.math.log(beliefs)
    for axis in (1, 2):
        framed = _framed(framed, axis, 1 / sigma**2)

    def at_highest(down: int, right: int) -> tf.Tensor:
        moved = framed[:, 1 + down : height + 1 + down, 1 + right : width + 1 + right]
        return tf.reduce_sum(here * tf.reshape(moved, (-1, height * width, count)), axis=1)

    middle = at_highest(0, 0)
    off_y = _top_of_parabola(at_highest(-1, 0), middle, at_highest(1, 0))
    off_x = _top_of_parabola(at_highest(0, -1), middle, at_highest(0, 1))
    row, column = highest // width, highest % width
    y = (tf.cast(row, tf.float32) + 0.5 + off_y) / height
    x = (tf.cast(column, tf.float32) + 0.5 + off_x) / width
    score = tf.clip_by_value(tf.reduce_sum(here * flat, axis=1), 0.0, 1.0)
    return tf.stack([y, x, score], axis=-1)


def _framed(logs: tf.Tensor, axis: int, bend: float) -> tf.Tensor:
    """(B, h, w, K) with a cell more at both ends of an axis, on parabolas that bend so much."""
    count = logs.shape[axis]
    first, last = (tf.gather(logs, [place], axis=axis) for place in (0, count - 1))
    # Of a single cell its top is in the middle.
    second, second_last = (
        (tf.gather(logs, [place], axis=axis) for place in (1, count - 2))
        if count > 1
        else (first - bend / 2, last - bend / 2)
    )
    before, after = 2 * first - second - bend, 2 * last - second_last - bend
    return tf.concat([before, logs, after], axis=axis)


def _top_of_parabola(before: tf.Tensor, middle: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
    """Where through three values, at -1, 0 and 1, the parabola is highest; within half a cell."""
    bend = 2 * middle - before - after
    return tf.clip_by_value((after - before) / tf.maximum(2 * bend, 1e-6), -0.5, 0.5)
