"""`NumberedImages`: the images of several data sets under one number each."""

from collections.abc import Iterable, Sequence

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset, found_classes
from training.datasets.defects import DatasetError
from training.input_pipeline.augmentation.augmenter import TrainingImage
from training.input_pipeline.decoding import ImageStore
from training.input_pipeline.targets import ImageTargets


class NumberedImages:
    """Images with their targets, counted from 0 through all data sets.

    Args:
        datasets: one after another.
        class_names: what the model tells apart, in its order.
        largest_hw: more pixels than this are never of use.
        keypoint_count: K; 0 where no keypoints are wanted.
        cache_bytes: memory for decoded images.

    Raises:
        ValueError: a class that is not in `class_names`.
    """

    def __init__(
        self,
        datasets: Sequence[Dataset],
        class_names: Sequence[str],
        largest_hw: tuple[int, int],
        keypoint_count: int,
        cache_bytes: int,
    ) -> None:
        _check_classes(datasets, class_names)
        numbers = {name: number for number, name in enumerate(class_names)}
        self._images: list[AnnotatedImage] = [
            image for dataset in datasets for image in dataset.images
        ]
        self._targets = [ImageTargets.of(image, numbers, keypoint_count) for image in self._images]
        self.unreadable: DatasetError | None = None
        self._store = ImageStore(self._images, largest_hw, cache_bytes)

    def __len__(self) -> int:
        return len(self._images)

    def names(self, image_ids: Iterable[int]) -> list[str]:
        """The files of images, or where in a file they are."""
        return [str(self._images[int(each)].source) for each in image_ids]

    def decoded(self, image_id: int) -> TrainingImage:
        """An image's pixels and targets.

        Raises:
            DatasetError: its file is not there, or no image; `unreadable` says so on.
        """
        try:
            pixels = self._store.image(image_id)
        except DatasetError as error:
            self.unreadable = error
            raise
        return TrainingImage(pixels, self._targets[image_id])


def _check_classes(datasets: Iterable[Dataset], class_names: Sequence[str]) -> None:
    for dataset in datasets:
        unknown = sorted(set(found_classes(dataset.images)) - set(class_names))
        if unknown:
            raise ValueError(
                f"the images show {', '.join(map(repr, unknown))}, but the model's classes are "
                f"{', '.join(class_names)}"
            )
