"""Decode and resize images inside the graph: from a model server's input to the detector's."""

from collections.abc import Callable

import tensorflow as tf

from export.graphs.pillow_resizing import resized_as_pillow
from training.input_pipeline.resizing import resized

# What `tf.io.decode_image` tells apart by the first bytes.
FORMATS = ("JPEG", "PNG", "BMP", "GIF")


def images_of_files(image_bytes: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """Decode and resize, one image at a time since sizes differ.

    Args:
        image_bytes: (N,) string, each a JPEG, PNG, BMP or GIF, of which the first frame counts.
        size_hw: height and width that the detector takes.

    Returns:
        (N, height, width, 3) float32, whole values in 0..255: what Pillow makes of the same files.
    """

    def decode(data: tf.Tensor) -> tf.Tensor:
        # `decode_image` takes the cosine transform that is fast; Pillow, which decoded what the
        # network was trained on, the accurate one.
        image = tf.cond(
            tf.io.is_jpeg(data),
            lambda: tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"),
            lambda: tf.io.decode_image(data, channels=3, expand_animations=False),
        )
        image = tf.ensure_shape(image, (None, None, 3))
        return resized_as_pillow(image, size_hw)

    return tf.map_fn(decode, image_bytes, fn_output_signature=tf.TensorSpec((*size_hw, 3)))


def images_of_pixels(pixels: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """Resize.

    Args:
        pixels: (N, H, W, 3) uint8, of any size.
        size_hw: height and width that the detector takes.

    Returns:
        (N, height, width, 3) float32, 0..255, not rounded.
    """
    return tf.ensure_shape(resized(pixels, size_hw), (None, *size_hw, 3))


def images_of_resized_pixels(pixels: tf.Tensor, size_hw: tuple[int, int]) -> tf.Tensor:
    """Take pixels as they are.

    Args:
        pixels: (N, height, width, 3) uint8, of the detector's own size.
        size_hw: height and width that the detector takes.

    Returns:
        (N, height, width, 3) float32, whole values in 0..255.
    """
    return tf.cast(tf.ensure_shape(pixels, (None, *size_hw, 3)), tf.float32)


def also_of_none(
    images: tf.Tensor, detector: Callable[[tf.Tensor], dict[str, tf.Tensor]]
) -> dict[str, tf.Tensor]:
    """Call a detector; an empty batch gives empty outputs.

    Convolutions refuse an empty batch where they are computed together with what follows them, in
    words about the channels; so a black image is put in its place, and its row left out.

    Args:
        images: (N, height, width, 3) float32.
        detector: takes one image or more; answers tensors with a row for each.
    """
    count = tf.shape(images)[0]
    black = tf.cast(tf.equal(count, 0), tf.int32)
    padded = tf.pad(images, [[0, black], [0, 0], [0, 0], [0, 0]])
    asked = tf.ensure_shape(padded, images.shape)
    return {name: rows[:count] for name, rows in detector(asked).items()}
