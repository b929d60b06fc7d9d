"""Numbered names for all images of a data set; the annotations follow when it is written."""

from dataclasses import replace
from pathlib import PurePosixPath

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError


def rename_images(dataset: Dataset, pattern: str, *, start: int = 1) -> Dataset:
    """The data set with its images called by number, in their order.

    Args:
        dataset: what to rename.
        pattern: the new name without its suffix, with `{number}`, and `{split}` and `{group}` if
            wanted; `{number:05}` has leading zeros.
        start: the first number.

    Raises:
        DatasetError: the pattern has no number, or is no pattern.

    Example:
        >>> rename_images(cells, "cell_{number:04}").images[0].name
        'cell_0001.jpg'
    """
    images = []
    for number, image in enumerate(dataset.images, start):
        try:
            stem = pattern.format(
                number=number, split=image.split or "all", group=image.group or "none"
            )
        except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
            raise DatasetError(
                f"{pattern!r}: {{number}}, {{split}} and {{group}} were expected: {error}"
            ) from error
        name = f"{stem}{PurePosixPath(image.name).suffix.lower()}"
        try:
            images.append(replace(image, name=name))
        except ValueError as error:
            raise DatasetError(f"{pattern!r}: {error}") from error
    if len({image.name for image in images}) < len(images):
        raise DatasetError(f"{pattern!r} gives two images one name; {{number}} tells them apart")
    return replace(dataset, images=tuple(images))
