"""How an image becomes as large as a model wants it: in training, in evaluation and in serving.

Each side on its own, bilinear, over all pixels that an output pixel covers (a triangle as wide as
two output pixels): Pillow's BILINEAR, `tf.image.resize(..., antialias=True)`. The gateway does the
same to what it sends to a model of fixed input size, so a model sees in service what it was trained
on. Without the wide triangle, as `tf.image.resize` is by default, five of six pixels of a phone's
image would never be looked at, and thin things would come and go with the image's size.
"""

import tensorflow as tf
from PIL import Image


def resized_image(image: Image.Image, size_hw: tuple[int, int]) -> Image.Image:
    """An RGB image in that size, rounded to whole values."""
    size_wh = (size_hw[1], size_hw[0])
    if image.size == size_wh:
        return image
    return image.resize(size_wh, Image.Resampling.BILINEAR)


def resized(images: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """The same inside a graph, of products alone, which every runtime has.

    `tf.image.resize` with antialias is ScaleAndTranslate, which OpenVINO does not know.

    Args:
        images: (B, H, W, 3), uint8 or float32, 0..255; H and W need not be known beforehand.
        size_hw: height and width wanted.

    Returns:
        (B, height, width, 3) float32, 0..255, not rounded.
    """
    images = tf.cast(images, tf.float32)
    shape = tf.shape(images)
    rows = _weights(shape[1], size_hw[0])  # (height, H)
    columns = _weights(shape[2], size_hw[1])  # (width, W)
    shrunk = tf.einsum("yh,bhwc->bywc", rows, images)
    return tf.einsum("xw,bywc->byxc", columns, shrunk)


def _weights(length: tf.Tensor, wanted: int) -> tf.Tensor:
    """(wanted, length) float32: how much each input pixel adds to each output pixel; rows sum to 1.

    Source: `precompute_coeffs` in Pillow's Resample.c with its bilinear filter.
    """
    step = tf.cast(length, tf.float32) / wanted
    support = tf.maximum(step, 1.0)
    centers = (tf.range(wanted, dtype=tf.float32) + 0.5) * step
    places = tf.range(tf.cast(length, tf.float32)) + 0.5
    distances = tf.abs(places[None, :] - centers[:, None]) / support
    weights = tf.nn.relu(1.0 - distances)
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)
