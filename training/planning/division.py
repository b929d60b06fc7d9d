"""Which images are learned from, measured on while training, and tested on in the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.grouping.group_leaks import group_leaks_as_text
from training.datasets.grouping.keeping_together import TogetherGroups
from training.datasets.grouping.near_duplicates import counts_beside_train
from training.datasets.notes import counted
from training.datasets.splitting import split_dataset

VALIDATION_SHARE = 0.2
FEWEST_IMAGES = 10


@dataclass(frozen=True)
class Division:
    """The images by what they are for.

    Args:
        train: to learn from.
        validation: to choose the best weights by.
        test: to measure those on; empty where the data keeps none apart.
        is_the_datas: train and validation are its own splits.
        told: why it is so, sentences for people.
    """

    train: tuple[AnnotatedImage, ...]
    validation: tuple[AnnotatedImage, ...]
    test: tuple[AnnotatedImage, ...]
    is_the_datas: bool
    told: tuple[str, ...]


def divide(dataset: Dataset, groups: TogetherGroups, *, seed: int = 0) -> Division:
    """Take the data's own train, val and test; what it lacks of train and val is divided by groups.

    Args:
        dataset: read and checked.
        groups: of its images.
        seed: of what is drawn.

    Raises:
        DatasetError: too few images, or none with an object.
    """
    if len(dataset) < FEWEST_IMAGES:
        raise DatasetError(
            f"{counted(len(dataset), 'image')} with annotations: {FEWEST_IMAGES} or more are "
            "needed to learn from some and measure on others"
        )
    if not dataset.object_count:
        raise DatasetError("no image has an object, so there is nothing to learn")
    own = {split: dataset.of_split(split).images for split in ("train", "val", "test")}
    if own["train"] and own["val"]:
        told = [
            f"Its own splits are kept: {len(own['train'])} train, {len(own['val'])} val, "
            f"{len(own['test'])} test.",
            *_of_no_part(dataset),
        ]
        told += _torn(dataset, groups, ("val", "test"))
        return Division(own["train"], own["val"], own["test"], is_the_datas=True, told=tuple(told))
    kept_test = own["test"] if own["train"] else ()
    pool = [index for index, each in enumerate(dataset.images)
            if not (kept_test and each.split == "test")]  # fmt: skip
    together = {dataset.images[index].full_name: str(groups.numbers[index]) for index in pool}
    pooled = Dataset(dataset.label_map, tuple(dataset.images[index] for index in pool),
                     dataset.keypoint_names)  # fmt: skip
    fractions = {"train": 1 - VALIDATION_SHARE, "val": VALIDATION_SHARE}
    divided = split_dataset(
        pooled, fractions, seed=seed, group_of=lambda image: together[image.full_name]
    )
    chosen = [each.split for each in divided.images]
    train, validation = (
        tuple(each for each, split in zip(pooled.images, chosen, strict=True) if split == wanted)
        for wanted in ("train", "val")
    )
    test = f", and its {len(kept_test)} test images are kept apart" if kept_test else ""
    told = [
        groups.as_text(),
        f"It has no val split: {len(train)} images to learn from and {len(validation)} to measure "
        f"on, no group in both{test}.",
        *_parted(
            dataset,
            groups,
            {id(dataset.images[index]): split for index, split in zip(pool, chosen, strict=True)},
        ),
        *(_torn(dataset, groups, ("test",)) if kept_test else ()),
    ]
    return Division(train, validation, kept_test, is_the_datas=False, told=tuple(told))


def _of_no_part(dataset: Dataset) -> list[str]:
    """A sentence on images of no split, or of another than those that are used."""
    counts = Counter(each.split for each in dataset.images
                     if each.split not in ("train", "val", "test"))  # fmt: skip
    if not counts:
        return []
    which = ", ".join(f"{count} without a split" if split is None else f"{count} of {split}"
                      for split, count in counts.items())  # fmt: skip
    is_used = "image is" if counts.total() == 1 else "images are"
    return [
        f"Note: {counts.total()} {is_used} not used ({which}): `boxwright dataset split` divides "
        "all images anew."
    ]


def _parted(
    dataset: Dataset, groups: TogetherGroups, split_of: Mapping[int, str | None]
) -> list[str]:
    """A sentence where a scene is so large that it was parted between train and val."""
    splits = [split_of.get(id(each)) for each in dataset.images]
    text = group_leaks_as_text(dataset.images, splits, groups)
    if text is None:
        return []
    return [f"Note: {text}. (--group and --by-group are options of `boxwright dataset split`.)"]


def _torn(dataset: Dataset, groups: TogetherGroups, splits: Sequence[str]) -> list[str]:
    """A sentence where images of these splits have a companion in train."""
    pairs = (*groups.series, *((first, second) for first, second, _ in groups.links))
    counts = counts_beside_train([each.split for each in dataset.images], pairs)
    found = [f"{counts[split]} of {len(dataset.of_split(split))} {split} images"
             for split in splits if counts[split]]  # fmt: skip
    if not found:
        return []
    return [
        f"Note: {' and '.join(found)} follow an image of train by name or are nearly the same as "
        "one, so that what is measured on them may be too good; `boxwright dataset split "
        "--keep-together auto` divides anew."
    ]


def without_copies_of_train(dataset: Dataset, groups: TogetherGroups) -> tuple[Dataset, int]:
    """The data set without images of other splits that are in train already, and how many.

    Data is published whose val split is its train split, under the same paths or copied.
    """
    of = [each.split for each in dataset.images]
    places = {str(each.source) for each in dataset.images if each.split == "train"}
    copies = {
        index
        for index, each in enumerate(dataset.images)
        if of[index] not in ("train", None) and str(each.source) in places
    }
    for first, second, bits in groups.links:
        for own, other in ((first, second), (second, first)):
            is_candidate = not bits and of[other] == "train" and of[own] not in ("train", None)
            if is_candidate and own not in copies and _same_bytes(dataset, own, other):
                copies.add(own)
    kept = tuple(each for index, each in enumerate(dataset.images) if index not in copies)
    return replace(dataset, images=kept), len(copies)


def _same_bytes(dataset: Dataset, one: int, other: int) -> bool:
    try:
        return dataset.images[one].source.read() == dataset.images[other].source.read()
    except OSError:
        return False
