"""Three images, and denoising queries of what is in them."""

from typing import Any

import keras
import numpy as np

from tests.support.batches import a_batch
from training.input_pipeline.batch import Batch
from training.models.dfine.denoising import DenoisingQueries, draw_denoising_queries
from training.models.dfine.objects import Objects, objects_of
from training.models.dfine.options import DfineOptions

SIZE_HW, CLASSES, MOST = (64, 96), 5, 20
LEFT, RIGHT = (0.3, 0.1, 0.6, 0.3), (0.2, 0.5, 0.7, 0.8)
MIDDLE, CROWD = (0.4, 0.35, 0.5, 0.65), (0.0, 0.0, 1.0, 0.4)


def a_batch_of_three() -> Batch:
    """Three objects and a crowd between them, one object, none."""
    return a_batch(
        [[(1, LEFT, False), (0, CROWD, True), (2, RIGHT, False), (4, MIDDLE, False)],
         [(3, MIDDLE, False)], []], SIZE_HW,
    )  # fmt: skip


def drawn(
    objects: Objects, class_count: int = CLASSES, seeds: Any = None, **options: Any
) -> DenoisingQueries:
    return draw_denoising_queries(
        objects,
        class_count,
        DfineOptions(**{"num_denoising": MOST, **options}),
        seeds or keras.random.SeedGenerator(5),
    )


def three_images(**options: Any) -> tuple[Batch, DenoisingQueries]:
    batch = a_batch_of_three()
    queries = drawn(objects_of(batch), **options)
    return batch, DenoisingQueries(*(each.numpy() for each in queries))


def corners_of(xywh: Any) -> Any:
    return np.concatenate(
        [xywh[..., :2] - xywh[..., 2:] / 2, xywh[..., :2] + xywh[..., 2:] / 2], -1
    )
