"""Dividing images into train, val and test so that each class is divided alike.

Source: Sechidis et al., "On the stratification of multi-label data" (2011): the rarest class is
dealt out first, each image to the split that still wants most of that class.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.notes import counted

GroupOf = Callable[[AnnotatedImage], str]


@dataclass(frozen=True)
class _Group:
    """Images that stay together, and how many objects of each class they hold."""

    numbers: tuple[int, ...]
    objects: Mapping[str, int]


_Dealt = list[tuple[_Group, str]]


def split_dataset(
    dataset: Dataset,
    fractions: Mapping[str, float],
    *,
    seed: int,
    group_of: GroupOf | None = None,
) -> Dataset:
    """The data set with every image in a split; the order of the images stays.

    Args:
        dataset: the splits that it may have are forgotten.
        fractions: the share of each split; they add up to 1.
        seed: the same seed and images give the same splits.
        group_of: images of which it says the same stay in one split; None for each on its own.

    Raises:
        DatasetError: the fractions are none, or there are fewer groups than splits.

    Example:
        >>> split_dataset(cells, {"train": 0.8, "test": 0.2}, seed=1).splits
        ('train', 'test')
    """
    if not fractions or min(fractions.values()) <= 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        raise DatasetError(f"fractions above 0 that add up to 1 were expected, not {fractions}")
    groups = _groups(dataset, group_of)
    if len(groups) < len(fractions):
        count = counted(len(groups), "group")
        raise DatasetError(f"{count} cannot be divided into {len(fractions)} splits")
    generator = np.random.default_rng(seed)
    groups = [groups[number] for number in generator.permutation(len(groups))]
    # What comes last fills up what is missing, and a large group cannot.
    groups.sort(key=lambda group: -len(group.numbers))
    chosen = _deal(groups, fractions)
    if _is_short(chosen, fractions):
        # Of many rare classes each one's few images go where most of them are wanted.
        chosen = _with_no_empty(_deal(groups, fractions, room_first=True), fractions)
    splits = {number: split for group, split in chosen for number in group.numbers}
    images = tuple(
        replace(image, split=splits[number]) for number, image in enumerate(dataset.images)
    )
    return replace(dataset, images=_with_unique_names(images))


def with_each_annotation_once(dataset: Dataset) -> Dataset:
    """The data set with each annotation of an image once, where it is the same in several splits.

    A `data.yaml` may name one folder for train and for val; its images are in both.
    """
    once = {(image.source, image.origin): image for image in reversed(dataset.images)}
    return replace(dataset, images=tuple(reversed(once.values())))


def by_pattern(pattern: str) -> GroupOf:
    """Groups by what a regular expression finds in an image's name: its first group, or all.

    Names in which it finds nothing are groups of their own.

    Raises:
        DatasetError: it is no regular expression.

    Example:
        >>> by_pattern(r"(.*)_frame")(image)  # called video_1_frame_3.jpg
        'video_1'
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DatasetError(f"{pattern!r} is no regular expression: {error}") from error

    def group_of(image: AnnotatedImage) -> str:
        match = compiled.search(image.name)
        if match is None:
            return f"alone: {image.split}/{image.name}"
        return match.group(1 if compiled.groups else 0) or ""

    return group_of


def by_group(image: AnnotatedImage) -> str:
    """Groups as the data set has them: the image's group, else its folder, else itself."""
    if image.group is not None:
        return image.group
    folder, _, _ = image.name.rpartition("/")
    return folder or f"alone: {image.split}/{image.name}"


def _groups(dataset: Dataset, group_of: GroupOf | None) -> list[_Group]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, image in enumerate(dataset.images):
        numbers[group_of(image) if group_of else str(number)].append(number)
    return [
        _Group(
            tuple(found),
            Counter(each.label for number in found for each in dataset.images[number].objects),
        )
        for found in numbers.values()
    ]


def _is_short(chosen: _Dealt, fractions: Mapping[str, float]) -> bool:
    """Whether a split has less than half of the images that it should."""
    counts = _image_counts(chosen)
    return any(counts[split] < share * counts.total() / 2 for split, share in fractions.items())


def _image_counts(chosen: _Dealt) -> Counter[str]:
    counts: Counter[str] = Counter()
    for group, split in chosen:
        counts[split] += len(group.numbers)
    return counts


def _with_no_empty(chosen: _Dealt, fractions: Mapping[str, float]) -> _Dealt:
    """With a group in every split: the smallest of a split that has several, the last dealt."""
    for empty in [split for split in fractions if not _image_counts(chosen)[split]]:
        several = Counter(split for _, split in chosen)
        index = min((number for number, (_, split) in enumerate(chosen) if several[split] > 1),
                    key=lambda number: (len(chosen[number][0].numbers), -number))  # fmt: skip
        chosen = [(group, empty if number == index else split)
                  for number, (group, split) in enumerate(chosen)]  # fmt: skip
    return chosen


def _deal(
    groups: list[_Group], fractions: Mapping[str, float], *, room_first: bool = False
) -> _Dealt:
    totals: Counter[str] = Counter()
    for group in groups:
        totals.update(group.objects)
    wanted = {split: {label: share * count for label, count in totals.items()}
              for split, share in fractions.items()}  # fmt: skip
    image_count = sum(len(group.numbers) for group in groups)
    room = {split: share * image_count for split, share in fractions.items()}
    holders: dict[str, dict[int, None]] = defaultdict(dict)
    for number, group in enumerate(groups):
        for label in group.objects:
            holders[label][number] = None
    dealt: _Dealt = []
    left = dict(enumerate(groups))
    while left:
        # The rarest class that is left; by name where two are as rare.
        rarest = min((label for label in holders if holders[label]),
                     key=lambda label: (len(holders[label]), label), default=None)  # fmt: skip
        for number in list(holders[rarest]) if rarest is not None else list(left):
            group = left.pop(number)
            split = _neediest(wanted, _with_room(group, room, room_first), rarest)
            dealt.append((group, split))
            room[split] -= len(group.numbers)
            for label, count in group.objects.items():
                wanted[split][label] -= count
                holders[label].pop(number, None)
    return dealt


def _with_room(
    group: _Group, room: Mapping[str, float], single_ones_too: bool
) -> Mapping[str, float]:
    """The splits that a group of several images does not fill far beyond their share."""
    if len(group.numbers) == 1 and not single_ones_too:
        return room
    fitting = {split: left for split, left in room.items() if left >= len(group.numbers) / 2}
    return fitting or room


def _neediest(
    wanted: Mapping[str, Mapping[str, float]], room: Mapping[str, float], label: str | None
) -> str:
    """The split that wants most of a class, and has most room where two want it alike."""
    if label is None:
        return max(room, key=lambda split: room[split])
    return max(room, key=lambda split: (round(wanted[split][label], 9), room[split]))


def _with_unique_names(images: tuple[AnnotatedImage, ...]) -> tuple[AnnotatedImage, ...]:
    """Names that were told apart by their old split alone get a number."""
    seen: set[tuple[str | None, str]] = set()
    unique = []
    for image in images:
        name, number = image.name, 1
        while (image.split, name) in seen:
            number += 1
            stem, dot, suffix = image.name.rpartition(".")
            name = f"{stem}-{number}{dot}{suffix}" if dot else f"{image.name}-{number}"
        seen.add((image.split, name))
        unique.append(image if name == image.name else replace(image, name=name))
    return tuple(unique)
