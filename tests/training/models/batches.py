"""The batches that the large models are tested with."""

from tests.support.batches import a_batch
from training.input_pipeline.batch import Batch

_OBJECTS = [
    [(0, (0.1, 0.1, 0.6, 0.5), False), (1, (0.4, 0.6, 0.9, 0.95), False)],
    [(1, (0.2, 0.3, 0.8, 0.7), False)],
]


def batch_of_rectangles(size_hw: tuple[int, int]) -> Batch:
    """Two images: one with two objects, one with one object and padding."""
    return a_batch(_OBJECTS, size_hw)


def batch_without_objects(size_hw: tuple[int, int]) -> Batch:
    """Two images in which there is nothing, so that there is nothing to pad either."""
    return a_batch([[], []], size_hw)


def batch_of_ignored(size_hw: tuple[int, int]) -> Batch:
    """The same images, all of which is to be ignored."""
    return a_batch([[(0, (0.0, 0.0, 1.0, 1.0), True)]] * 2, size_hw)
