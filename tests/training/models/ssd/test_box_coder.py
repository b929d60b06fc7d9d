import numpy as np
import pytest
import tensorflow as tf

from training.models.ssd.box_coder import LARGEST_LOG_SIZE, decode_boxes, encode_boxes

ANCHORS = tf.constant([[0.1, 0.2, 0.3, 0.6], [0.4, 0.1, 0.9, 0.4]])


def test_decoding_gives_back_what_was_encoded() -> None:
    boxes = tf.constant([[[0.0, 0.1, 0.5, 0.9], [0.45, 0.2, 0.6, 0.95]]])
    assert decode_boxes(ANCHORS, encode_boxes(ANCHORS, boxes)).numpy() == pytest.approx(
        boxes.numpy(), abs=1e-6
    )


def test_an_encoding_is_ten_times_the_shift_and_five_times_the_log_of_the_size() -> None:
    # The first anchor, 0.2 x 0.4, moved down by 0.02 and right by 0.08, and twice as high.
    box = tf.constant([[[0.02, 0.28, 0.42, 0.68]]])
    encoded = encode_boxes(ANCHORS[:1], box).numpy()[0, 0]
    assert encoded == pytest.approx([10 * 0.02 / 0.2, 10 * 0.08 / 0.4, 5 * np.log(2), 0], abs=1e-4)


def test_what_an_untrained_network_says_never_becomes_infinite() -> None:
    encodings = tf.constant([[[0.0, 0.0, 1e6, 1e6], [0.0, 0.0, 0.0, 0.0]]])
    decoded = decode_boxes(ANCHORS, encodings).numpy()
    assert np.isfinite(decoded).all()
    assert decoded[0, 0, 2] < np.exp(LARGEST_LOG_SIZE)
