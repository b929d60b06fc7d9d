"""`NumberedPictures`: the pictures of several data sets under one number each."""

from collections.abc import Iterable, Sequence

from training.datasets.annotated import AnnotatedPicture
from training.datasets.dataset import Dataset, found_classes
from training.input.augmentation.augmenter import DecodedPicture
from training.input.decoding import PictureStore, UnreadablePicture
from training.input.targets import PictureTargets


class NumberedPictures:
    """Pictures with their targets, counted from 0 through all data sets.

    Args:
        datasets: one after another.
        class_names: what the model tells apart, in its order.
        largest_hw: more pixels than this are never of use.
        keypoint_count: K; 0 where no keypoints are wanted.
        cache_bytes: memory for decoded pictures.

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
        self._pictures: list[AnnotatedPicture] = [
            picture for dataset in datasets for picture in dataset.pictures
        ]
        self._targets = [
            PictureTargets.of(picture, numbers, keypoint_count) for picture in self._pictures
        ]
        self.unreadable: UnreadablePicture | None = None
        self._store = PictureStore(self._pictures, largest_hw, cache_bytes)

    def __len__(self) -> int:
        return len(self._pictures)

    def names(self, picture_ids: Iterable[int]) -> list[str]:
        """The files of pictures, or where in a file they are."""
        return [str(self._pictures[int(each)].source) for each in picture_ids]

    def decoded(self, picture_id: int) -> DecodedPicture:
        """A picture's pixels and targets.

        Raises:
            UnreadablePicture: its file is not there, or no picture; `unreadable` says so on.
        """
        try:
            pixels = self._store.picture(picture_id)
        except UnreadablePicture as error:
            self.unreadable = error
            raise
        return DecodedPicture(pixels, self._targets[picture_id])


def _check_classes(datasets: Iterable[Dataset], class_names: Sequence[str]) -> None:
    for dataset in datasets:
        unknown = sorted(set(found_classes(dataset.pictures)) - set(class_names))
        if unknown:
            raise ValueError(
                f"the pictures show {', '.join(map(repr, unknown))}, but the model's classes are "
                f"{', '.join(class_names)}"
            )
