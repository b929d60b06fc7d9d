"""Hands of all gestures under one name, for a detector that only finds hands."""

from dataclasses import replace

from training.datasets.dataset import Dataset, label_map_of


def as_one_class(dataset: Dataset, name: str) -> Dataset:
    """The data set with every object called `name`.

    Args:
        dataset: of any classes.
        name: of the only class.

    Raises:
        LabelMapError: the name is empty.
    """
    images = tuple(
        replace(image, objects=tuple(replace(each, label=name) for each in image.objects))
        for image in dataset.images
    )
    return replace(dataset, label_map=label_map_of([name]), images=images)
