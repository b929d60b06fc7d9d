"""Resize an image in a graph, to exactly the bytes of Pillow's BILINEAR.

`training.input_pipeline.resizing.resized` computes the same weights, but rounds nothing; Pillow
rounds after either pass, so that a value may be one of 255 apart. That is enough for one of two
boxes that score alike to take the other's place, and for a number measured on 300 images to move by
half a point.

Pillow counts in whole numbers, so the same can be had: weights of 22 bits, sums of 32. The matrix
of the weights is a sparse one, since an output pixel looks at few of a large image's pixels.
TensorFlow alone has its product; the other engine is given images that Pillow has resized.

Source: `precompute_coeffs`, `normalize_coeffs_8bpc` and `ImagingResampleHorizontal_8bpc` in
Pillow's src/libImaging/Resample.c.
"""

import tensorflow as tf

# 32 bits, less 8 of a pixel and 2 that other filters than this one need to go below zero.
PRECISION_BITS = 32 - 8 - 2
_ONE = 1 << PRECISION_BITS


def resized_as_pillow(image: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """Resize an image.

    Args:
        image: (H, W, 3) uint8; H and W need not be known beforehand.
        size_hw: height and width wanted.

    Returns:
        (height, width, 3) float32, whole values in 0..255.
    """
    height, width = size_hw
    shrunk = tf.cond(
        _rows_go_first(image, size_hw),
        lambda: _columns_resized(_rows_resized(image, height), width),
        lambda: _rows_resized(_columns_resized(image, width), height),
    )
    return tf.cast(tf.ensure_shape(shrunk, (height, width, 3)), tf.float32)


def _rows_go_first(image: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """Whether Pillow 13 resizes rows first, found by trying 1,491 sizes; older ones never do.

    https://github.com/python-pillow/Pillow/pull/9549
    """
    fewer_rows = tf.shape(image)[0] - size_hw[0]
    fewer_columns = tf.shape(image)[1] - size_hw[1]
    return (fewer_rows > 0) & (fewer_rows > 2 * fewer_columns)


def _rows_resized(image: tf.Tensor, height: int) -> tf.Tensor:
    """(height, W, 3) of (H, W, 3)."""
    return tf.reshape(_first_axis_resized(image, height), (height, tf.shape(image)[1], 3))


def _columns_resized(image: tf.Tensor, width: int) -> tf.Tensor:
    """(H, width, 3) of (H, W, 3)."""
    return tf.transpose(_rows_resized(tf.transpose(image, (1, 0, 2)), width), (1, 0, 2))


def _first_axis_resized(values: tf.Tensor, wanted: int) -> tf.Tensor:
    """(wanted, the rest together) uint8, of (length, ...) uint8."""
    length = tf.shape(values)[0]
    flat = tf.reshape(tf.cast(values, tf.int32), (length, -1))
    sums = tf.sparse.sparse_dense_matmul(_weights(length, wanted), flat)
    return tf.cast(tf.clip_by_value((sums + _ONE // 2) // _ONE, 0, 255), tf.uint8)


def _weights(length: tf.Tensor, wanted: int) -> tf.SparseTensor:
    """(wanted, length) int32: how much of `_ONE` each input pixel adds to each output pixel."""
    step = tf.cast(length, tf.float64) / wanted
    support = tf.maximum(step, 1.0)
    centers = (tf.range(wanted, dtype=tf.float64) + 0.5) * step  # (wanted,)
    first = tf.maximum(tf.cast(centers - support + 0.5, tf.int32), 0)
    last = tf.minimum(tf.cast(centers + support + 0.5, tf.int32), length)
    most = 2 * tf.cast(tf.math.ceil(support), tf.int32) + 1
    places = first[:, None] + tf.range(most)[None, :]  # (wanted, most)
    away = (tf.cast(places, tf.float64) - centers[:, None] + 0.5) * (1.0 / support)
    weights = tf.where(places < last[:, None], tf.nn.relu(1.0 - tf.abs(away)), 0.0)
    weights *= 1.0 / tf.reduce_sum(weights, axis=1, keepdims=True)
    whole = tf.cast(weights * _ONE + 0.5, tf.int32)
    # What lies beyond the image adds nothing, wherever it is said to be.
    columns = tf.minimum(places, length - 1)
    outputs = tf.broadcast_to(tf.range(wanted)[:, None], tf.shape(columns))
    indices = tf.reshape(tf.stack([outputs, columns], axis=-1), (-1, 2))
    return tf.SparseTensor(
        tf.cast(indices, tf.int64),
        tf.reshape(whole, (-1,)),
        tf.stack([tf.constant(wanted, tf.int64), tf.cast(length, tf.int64)]),
    )
