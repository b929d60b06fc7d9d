import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from export.graphs.images_in_graphs import images_of_files
from export.graphs.pillow_resizing import resized_as_pillow
from training.input_pipeline.resizing import resized_image

SPEC = tf.TensorSpec((None, None, 3), tf.uint8)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("wanted_hw", [(32, 32), (30, 44), (1, 1)])
def test_a_graph_resizes_to_the_bytes_that_pillow_gives(wanted_hw: tuple[int, int]) -> None:
    resize = tf.function(lambda image: resized_as_pillow(image, wanted_hw), [SPEC])
    # The same, once and a fifth, wide, tall, of a pixel; and of so few rows that they go first.
    for size_hw in ((32, 32), (36, 36), (97, 141), (300, 40), (1, 1), (90, 7), (7, 90), (1, 64)):
        image = RNG.integers(0, 256, (*size_hw, 3), dtype=np.uint8)
        wanted = np.asarray(resized_image(Image.fromarray(image), wanted_hw))
        assert np.array_equal(resize(image).numpy(), wanted), size_hw


def test_a_jpeg_is_decoded_and_resized_to_what_a_checkpoint_is_evaluated_on() -> None:
    smooth = Image.fromarray(RNG.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize((240, 180))
    file = io.BytesIO()
    smooth.save(file, "JPEG", quality=80)
    in_graph = images_of_files(tf.constant([file.getvalue()] * 2), (64, 96))
    by_pillow = np.asarray(resized_image(Image.open(file).convert("RGB"), (64, 96)))
    assert in_graph.shape == (2, 64, 96, 3)
    assert np.array_equal(in_graph[1].numpy(), by_pillow)
