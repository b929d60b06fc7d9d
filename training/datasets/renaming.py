"""Numbered names for all pictures of a data set; the annotations follow when it is written."""

from dataclasses import replace
from pathlib import PurePosixPath

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError


def rename_pictures(dataset: Dataset, pattern: str, *, start: int = 1) -> Dataset:
    """The data set with its pictures called by number, in their order.

    Args:
        dataset: what to rename.
        pattern: the new name without its suffix, with `{number}`, and `{split}` and `{group}` if
            wanted; `{number:05}` has leading zeros.
        start: the first number.

    Raises:
        DatasetError: the pattern has no number, or is no pattern.

    Example:
        >>> rename_pictures(cells, "cell_{number:04}").pictures[0].name
        'cell_0001.jpg'
    """
    pictures = []
    for number, picture in enumerate(dataset.pictures, start):
        try:
            stem = pattern.format(
                number=number, split=picture.split or "all", group=picture.group or "none"
            )
        except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
            raise DatasetError(
                f"{pattern!r}: {{number}}, {{split}} and {{group}} were expected: {error}"
            ) from error
        name = f"{stem}{PurePosixPath(picture.name).suffix.lower()}"
        try:
            pictures.append(replace(picture, name=name))
        except ValueError as error:
            raise DatasetError(f"{pattern!r}: {error}") from error
    if len({picture.name for picture in pictures}) < len(pictures):
        raise DatasetError(f"{pattern!r} gives two pictures one name; {{number}} tells them apart")
    return replace(dataset, pictures=tuple(pictures))
