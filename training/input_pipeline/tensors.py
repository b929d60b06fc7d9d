"""`BatchForm`: arrays made in Python, as a `tf.data` dataset with the shapes of a `Batch`."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.input_pipeline.calls import CallsFromTensorFlow
from training.input_pipeline.collate import BatchArrays

# More would wait for Python's lock, and each holds a batch.
_MOST_THREADS = 8
# Batches that wait for the model; more would only take memory.
_PREFETCHED = 2


@dataclass(frozen=True)
class BatchForm:
    """What the tensors of a batch are.

    Args:
        size_hw: of the images.
        with_masks: whether there are masks.
        keypoint_count: K; None without keypoints.
    """

    size_hw: tuple[int, int]
    with_masks: bool
    keypoint_count: int | None

    def batches(
        self,
        steps: tf.data.Dataset,
        arrays: Callable[[int], BatchArrays],
        size: int | None,
        *,
        whole_values: bool = False,
    ) -> tf.data.Dataset:
        """Batches of `size` images, None where it varies, one for each step.

        Their images are float32, or uint8 where `whole_values` are wanted.
        """
        types = BatchArrays(tf.uint8, tf.float32, tf.int32, tf.bool, tf.int32, tf.uint8, tf.float32)

        def made(step: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], ...]:
            return tuple(_calls().run(lambda: arrays(int(step))))

        def tensors(step: tf.Tensor) -> list[tf.Tensor]:
            return list(tf.numpy_function(made, [step], list(types), stateful=False))

        def named(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
            batch = self._named(BatchArrays(*tensors), size)
            if not whole_values:
                batch["images"] = tf.cast(batch["images"], tf.float32)
            return batch

        at_once = min(_MOST_THREADS, len(os.sched_getaffinity(0)))
        made_batches = steps.map(tensors, num_parallel_calls=at_once, deterministic=True)
        # Apart from the first, so that the batches that wait there are whole values, not floats.
        return made_batches.map(named).prefetch(_PREFETCHED)

    def _named(self, arrays: BatchArrays, size: int | None) -> dict[str, tf.Tensor]:
        named = {
            "images": tf.ensure_shape(arrays.images, (size, *self.size_hw, 3)),
            "boxes_yxyx": tf.ensure_shape(arrays.boxes_yxyx, (size, None, 4)),
            "classes": tf.ensure_shape(arrays.classes, (size, None)),
            "ignored": tf.ensure_shape(arrays.ignored, (size, None)),
            "image_ids": tf.ensure_shape(arrays.image_ids, (size,)),
        }
        if self.with_masks:
            named["masks"] = tf.ensure_shape(arrays.masks, (size, None, *self.size_hw))
        if self.keypoint_count is not None:
            shape = (size, None, self.keypoint_count, 3)
            named["keypoints"] = tf.ensure_shape(arrays.keypoints, shape)
        return named


@cache
def _calls() -> CallsFromTensorFlow:
    return CallsFromTensorFlow()
