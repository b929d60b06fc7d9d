"""Suppression by simple operations gives what TensorFlow's combined operation gives."""

import numpy as np
import pytest
import tensorflow as tf

from export.formats.single_suppression import suppress_one

NAMES = ("boxes", "scores", "classes", "counts")


def boxes_and_scores(count: int, classes: int, seed: int = 2) -> tuple[tf.Tensor, tf.Tensor]:
    """(1, count, 1, 4) of which many overlap and some leave the image; (1, count, classes)."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-0.2, 0.8, (count, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.1, 0.5, (count, 2))], 1)
    scores = rng.uniform(0, 1, (count, classes)) ** 3
    return tf.constant(boxes[None, :, None], tf.float32), tf.constant(scores[None], tf.float32)


@pytest.mark.parametrize(
    ("count", "classes", "per_class", "total", "score", "clip"),
    [
        (200, 2, 100, 100, 0.02, True),
        (200, 3, 20, 30, 0.5, False),
        # Fewer boxes than are answered, and nothing found at all.
        (7, 2, 20, 100, 0.02, True),
        (50, 2, 10, 10, 0.999, True),
    ],
)
def test_the_answers_are_the_same(
    count: int, classes: int, per_class: int, total: int, score: float, clip: bool
) -> None:
    boxes, scores = boxes_and_scores(count, classes)
    expected = tf.image.combined_non_max_suppression(
        boxes, scores, per_class, total, 0.5, score, clip_boxes=clip
    )
    found = suppress_one(
        boxes, scores, per_class=per_class, total=total, iou=0.5, score=score, clip=clip
    )
    for name, wanted, got in zip(NAMES, expected, found, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got.numpy(), wanted.numpy(), atol=1e-6, err_msg=name)


def test_boxes_of_their_own_for_each_class_are_refused() -> None:
    with pytest.raises(ValueError, match="expected boxes shared by all classes"):
        suppress_one(
            tf.zeros((1, 5, 2, 4)), tf.zeros((1, 5, 2)),
            per_class=3, total=3, iou=0.5, score=0.1, clip=True,
        )  # fmt: skip
