"""`TrainingBatches` and `EvaluationBatches`: annotated images as `tf.data` of `Batch`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.input_pipeline.augmentation.augmenter import Augmenter, TrainingImage
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.collate import BatchArrays, collate
from training.input_pipeline.decoding import enlarged
from training.input_pipeline.images import NumberedImages
from training.input_pipeline.sampling import Sampler
from training.input_pipeline.tensors import BatchForm

# Enlarged by more than this, an image shows its blur anyway, and takes room.
_LARGEST_ZOOM = 2.0
_MEGABYTE = 2**20
# So that training ends when the loop ends it: more steps than anybody waits for.
_ENDLESS = 2**40


@dataclass(frozen=True, eq=False)
class TrainingSource:
    """Images to train on.

    Args:
        dataset: all of its images are taken, whatever their split.
        share: of the samples (see `Sampler`); None for as many as it has images.
    """

    dataset: Dataset
    share: float | None = None


class TrainingBatches:
    """Endless batches of augmented images, whose contents depend on seed and step alone.

    Args:
        sources: where the images are from.
        class_names: what the model tells apart, in its order.
        size_hw: the model's input.
        batch_size: images a step, over all devices.
        augmentation: what is done to them.
        seed: of the order and of every change.
        with_masks: add `masks`.
        with_keypoints: add `keypoints`; the sources name the same ones.
        context: so much larger than what is shown of them images are, in each direction.
        cache_megabytes: memory for decoded images.

    Raises:
        ValueError: no images, a class that is not in `class_names`, or other keypoints in one
            source than in another.
    """

    def __init__(
        self,
        sources: Sequence[TrainingSource],
        class_names: Sequence[str],
        size_hw: tuple[int, int],
        batch_size: int,
        augmentation: AugmentationOptions | None = None,
        seed: int = 0,
        *,
        with_masks: bool = False,
        with_keypoints: bool = False,
        context: float = 1.0,
        cache_megabytes: float = 1024,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"a batch has 1 image or more, but got {batch_size}")
        datasets = [source.dataset for source in sources]
        augmentation = augmentation or AugmentationOptions()
        self._batch_size = batch_size
        self._sampler = Sampler(
            [len(dataset) for dataset in datasets], [source.share for source in sources], seed=seed
        )
        self._starts = np.cumsum([0, *map(len, datasets)])
        largest_hw = enlarged(size_hw, min(augmentation.largest_zoom, _LARGEST_ZOOM) * context)
        keypoint_count = _keypoint_count(datasets) if with_keypoints else 0
        self._images = NumberedImages(
            datasets, class_names, largest_hw, keypoint_count, int(cache_megabytes * _MEGABYTE)
        )
        self._augmenter = Augmenter(augmentation, size_hw, with_masks=with_masks, context=context)
        self._form = BatchForm(size_hw, with_masks, keypoint_count if with_keypoints else None)

    @property
    def images_per_epoch(self) -> int:
        """How many images all sources have together."""
        return len(self._images)

    def names(self, image_ids: Iterable[int]) -> list[str]:
        """The files of a batch's `image_ids`; of a mosaic, that of the image it began with."""
        return self._images.names(image_ids)

    @property
    def unreadable(self) -> DatasetError | None:
        """Why an image could not be read; TensorFlow only says that an error came from Python."""
        return self._images.unreadable

    def dataset(
        self, first_step: int = 0, shard: tuple[int, int] = (0, 1), *, whole_values: bool = False
    ) -> tf.data.Dataset:
        """The batches from a step on.

        Args:
            first_step: 0 for the beginning.
            shard: which part of each batch, from 0, and how many parts: a worker of several takes
                its own.
            whole_values: leave `images` uint8, for a step that casts them where it is taken.

        Raises:
            ValueError: no such part, or a batch does not go into equal parts.
        """
        part, parts = shard
        if not 0 <= part < parts or self._batch_size % parts:
            raise ValueError(
                f"a batch of {self._batch_size} images has no part {part} of {parts} equal ones"
            )
        size = self._batch_size // parts

        def numbers(step: int) -> range:
            start = step * self._batch_size + part * size
            return range(start, start + size)

        steps = tf.data.Dataset.range(first_step, _ENDLESS)
        return self._form.batches(
            steps, lambda step: self._arrays(numbers(step)), size, whole_values=whole_values
        )

    def _arrays(self, numbers: range) -> BatchArrays:
        ids, images = [], []
        for number in numbers:
            sample = self._sampler.sample(number)
            image_id = int(self._starts[sample.source]) + sample.image
            rng = self._sampler.augmentation_rng(number)
            ids.append(image_id)
            images.append(
                self._augmenter.augmented(self._images.decoded(image_id), self._another, rng)
            )
        return collate(images, ids)

    def _another(self, rng: np.random.Generator) -> TrainingImage:
        """An image from anywhere, each source as likely as in the row."""
        source, image = self._sampler.drawn(rng)
        return self._images.decoded(int(self._starts[source]) + image)


class EvaluationBatches:
    """Every image of a data set once, in its order, plainly resized.

    Args:
        dataset: what is looked at.
        class_names: what the model tells apart, in its order.
        size_hw: the model's input.
        batch_size: images a batch; the last one may have fewer.
        with_masks: add `masks`.
        with_keypoints: add `keypoints`.

    Raises:
        ValueError: a class that is not in `class_names`, or a batch of no images.
    """

    def __init__(
        self,
        dataset: Dataset,
        class_names: Sequence[str],
        size_hw: tuple[int, int],
        batch_size: int,
        *,
        with_masks: bool = False,
        with_keypoints: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"a batch has 1 image or more, but got {batch_size}")
        self._batch_size = batch_size
        keypoint_count = len(dataset.keypoint_names) if with_keypoints else 0
        self._images = NumberedImages([dataset], class_names, size_hw, keypoint_count, 0)
        self._augmenter = Augmenter(AugmentationOptions(), size_hw, with_masks=with_masks)
        self._form = BatchForm(size_hw, with_masks, keypoint_count if with_keypoints else None)

    def __len__(self) -> int:
        """How many batches there are."""
        return -(-len(self._images) // self._batch_size)

    def names(self, image_ids: Iterable[int]) -> list[str]:
        """The files of images, by a batch's `image_ids`."""
        return self._images.names(image_ids)

    @property
    def unreadable(self) -> DatasetError | None:
        """Why an image could not be read; TensorFlow only says that an error came from Python."""
        return self._images.unreadable

    def dataset(self) -> tf.data.Dataset:
        """The batches; `image_ids` count the data set's images from 0."""
        return self._form.batches(tf.data.Dataset.range(len(self)), self._arrays, None)

    def _arrays(self, step: int) -> BatchArrays:
        start = step * self._batch_size
        ids = list(range(start, min(start + self._batch_size, len(self._images))))
        rng = np.random.default_rng(0)
        images = [
            self._augmenter.augmented(self._images.decoded(each), self._never, rng) for each in ids
        ]
        return collate(images, ids)

    def _never(self, rng: np.random.Generator) -> TrainingImage:
        raise AssertionError("images are mixed only with an augmenter")


def _keypoint_count(datasets: Sequence[Dataset]) -> int:
    names = {dataset.keypoint_names for dataset in datasets}
    if len(names) > 1:
        raise ValueError(f"sources with the same keypoints, but got {sorted(names)}")
    return len(names.pop())
