import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from training.input_pipeline.resizing import resized, resized_image

NOISE = np.random.default_rng(0).integers(0, 256, (97, 141, 3), dtype=np.uint8)


@pytest.mark.parametrize("size_hw", [(97, 141), (24, 30), (200, 260), (31, 300), (1, 1)])
def test_a_graph_resizes_as_pillow_and_tensorflow_do(size_hw: tuple[int, int]) -> None:
    in_graph = resized(tf.constant(NOISE[None]), size_hw)[0].numpy()
    by_pillow = np.asarray(resized_image(Image.fromarray(NOISE), size_hw), np.float32)
    by_tensorflow = tf.image.resize(NOISE, size_hw, antialias=True).numpy()
    assert in_graph.shape == (*size_hw, 3)
    assert np.abs(in_graph - by_tensorflow).max() < 0.01
    # Pillow rounds, after the rows and after the columns.
    assert np.abs(in_graph - by_pillow).max() <= 1.01


def test_a_graph_takes_images_of_any_size() -> None:
    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    in_graph = tf.function(lambda images: resized(images, (8, 12)), input_signature=[spec])
    for height, width in ((40, 20), (3, 5), (1, 1)):
        images = tf.fill((2, height, width, 3), tf.constant(200, tf.uint8))
        assert np.allclose(in_graph(images), 200, atol=1e-3)
