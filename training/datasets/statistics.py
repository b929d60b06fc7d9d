"""What is in a data set: counts, sizes, class balance, and images that are there twice."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.grouping.near_duplicates import hash_images, leaks, near_duplicates
from training.datasets.workers import Workers

# COCO's limits of area, in pixels: small objects are below the first, large ones above the second.
SMALL_AREA, LARGE_AREA = 32**2, 96**2
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class ClassStatistics:
    """What there is of one class.

    Args:
        name: of the class.
        objects: how many, by split.
        images: with one or more of them.
        size_px: the 5 %, 50 % and 95 % quantiles of the square root of the box's area.
        small: objects below 32 x 32 pixels.
        large: objects above 96 x 96 pixels.
    """

    name: str
    objects: dict[str, int]
    images: int
    size_px: tuple[float, float, float]
    small: int
    large: int

    @property
    def total(self) -> int:
        """Objects in all splits."""
        return sum(self.objects.values())


@dataclass(frozen=True)
class Statistics:
    """What there is in a data set.

    Args:
        images: how many, by split; the split without a name is `-`.
        without_objects: images in which there is nothing.
        classes: by rising number.
        picture_sizes: how many images there are of each (width, height), the most common first.
        objects_a_picture: mean and maximum.
        with_masks: objects.
        with_keypoints: objects.
        duplicates: groups of images of the same bytes; None where nobody looked.
        near_duplicates_in_train: images of each other split that are nearly the same as one in
            train; None where nobody looked.
    """

    images: dict[str, int]
    without_objects: int
    classes: tuple[ClassStatistics, ...]
    image_sizes: tuple[tuple[tuple[int, int], int], ...]
    objects_an_image: tuple[float, int]
    with_masks: int
    with_keypoints: int
    duplicates: tuple[tuple[str, ...], ...] | None
    near_duplicates_in_train: dict[str, int] | None

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "pictures": self.images,
            "pictures_without_objects": self.without_objects,
            "classes": [
                {"name": each.name, "objects": each.objects, "pictures": each.images,
                 "size_px": dict(zip(("p5", "p50", "p95"), each.size_px, strict=True)),
                 "small": each.small, "large": each.large}
                for each in self.classes
            ],
            "picture_sizes": [
                {"width": width, "height": height, "pictures": count}
                for (width, height), count in self.image_sizes
            ],
            "objects_a_picture": dict(zip(("mean", "max"), self.objects_an_image, strict=True)),
            "objects_with_masks": self.with_masks,
            "objects_with_keypoints": self.with_keypoints,
            "duplicates": self.duplicates,
            "near_duplicates_in_train": self.near_duplicates_in_train,
        }  # fmt: skip


def dataset_statistics(dataset: Dataset, workers: Workers | None = None) -> Statistics:
    """Count everything.

    Args:
        dataset: what to count.
        workers: to read every image and find those that are there twice; None not to.
    """
    objects = [each for image in dataset.images for each in image.objects]
    counts = [len(image.objects) for image in dataset.images]
    sizes = Counter((image.width, image.height) for image in dataset.images)
    images = {split or "-": len(dataset.of_split(split)) for split in dataset.splits}
    return Statistics(
        images=images,
        without_objects=counts.count(0),
        classes=_classes(dataset, tuple(images)),
        image_sizes=tuple(sizes.most_common()),
        objects_an_image=(float(np.mean(counts)) if counts else 0.0, max(counts, default=0)),
        with_masks=sum(each.has_mask for each in objects),
        with_keypoints=sum(each.keypoints is not None for each in objects),
        duplicates=_duplicates(dataset, workers) if workers is not None else None,
        near_duplicates_in_train=_near(dataset, workers) if workers is not None else None,
    )


def box_sizes_px(dataset: Dataset) -> dict[str, list[float]]:
    """The square roots of all boxes' areas in pixels, by class."""
    sizes: dict[str, list[float]] = {name: [] for name in dataset.class_names}
    for image in dataset.images:
        for each in image.objects:
            x_min, y_min, x_max, y_max = image.pixels_xyxy(each.box_yxyx)
            sizes[each.label].append(((x_max - x_min) * (y_max - y_min)) ** 0.5)
    return sizes


def _classes(dataset: Dataset, splits: tuple[str, ...]) -> tuple[ClassStatistics, ...]:
    objects: dict[str, Counter[str]] = defaultdict(Counter)
    images: Counter[str] = Counter()
    for image in dataset.images:
        images.update({each.label for each in image.objects})
        for each in image.objects:
            objects[each.label][image.split or "-"] += 1
    found = []
    for name, sizes in box_sizes_px(dataset).items():
        low, middle, high = np.quantile(sizes, QUANTILES).tolist() if sizes else (0.0, 0.0, 0.0)
        areas = np.square(sizes)
        found.append(
            ClassStatistics(
                name=name,
                objects={split: objects[name][split] for split in splits},
                images=images[name],
                size_px=(low, middle, high),
                small=int((areas < SMALL_AREA).sum()),
                large=int((areas > LARGE_AREA).sum()),
            )
        )
    return tuple(found)


def _duplicates(dataset: Dataset, workers: Workers) -> tuple[tuple[str, ...], ...]:
    """Each group by the images' splits and names; those that cannot be read are passed over."""
    groups: dict[str, list[str]] = defaultdict(list)
    digests = workers.map(_digest, dataset.images, "looking for duplicates")
    for image, digest in zip(dataset.images, digests, strict=True):
        if digest is not None:
            groups[digest].append(image.full_name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _near(dataset: Dataset, workers: Workers) -> dict[str, int]:
    """Of data without a train split there is nothing to compare, and nothing is read."""
    if "train" not in dataset.splits or len(dataset.splits) == 1:
        return {}
    return leaks(dataset, near_duplicates(hash_images(dataset.images, workers)))


def _digest(image: AnnotatedImage) -> str | None:
    try:
        return hashlib.sha256(image.source.read()).hexdigest()
    except OSError:
        return None
