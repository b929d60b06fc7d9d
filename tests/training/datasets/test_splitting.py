from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.sources import FileImage
from training.datasets.splitting import by_group, by_pattern, split_dataset

CLASSES = ("common", "usual", "rare")
FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}


def a_dataset(count: int = 400) -> Dataset:
    generator = np.random.default_rng(1)
    images = []
    for number in range(count):
        labels = [name for name, share in zip(CLASSES, (0.9, 0.5, 0.05), strict=True)
                  if generator.random() < share]  # fmt: skip
        objects = tuple(AnnotatedObject(label, (0, 0, 1, 1)) for label in labels)
        name = f"video_{number // 10}_frame_{number % 10}.jpg"
        images.append(AnnotatedImage(name, FileImage(Path(name)), 48, 32, objects))
    return Dataset(label_map_of(CLASSES), tuple(images))


def shares(dataset: Dataset) -> dict[str, list[float]]:
    counts: dict[str, Counter[str | None]] = {name: Counter() for name in CLASSES}
    for image in dataset.images:
        for each in image.objects:
            counts[each.label][image.split] += 1
    return {name: [found[split] / found.total() for split in FRACTIONS]
            for name, found in counts.items()}  # fmt: skip


def test_every_class_is_divided_alike_the_rare_one_too() -> None:
    divided = split_dataset(a_dataset(), FRACTIONS, seed=3)
    assert [len(divided.of_split(split)) / 400 for split in FRACTIONS] == pytest.approx(
        list(FRACTIONS.values()), abs=0.01
    )
    found = shares(divided)
    assert found["common"] == pytest.approx(list(FRACTIONS.values()), abs=0.01)
    assert found["rare"] == pytest.approx(list(FRACTIONS.values()), abs=0.07)


def test_a_seed_gives_the_same_and_another_another() -> None:
    one, same, other = (
        [image.split for image in split_dataset(a_dataset(), FRACTIONS, seed=seed).images]
        for seed in (3, 3, 4)
    )
    assert one == same
    assert one != other


def test_frames_of_one_video_stay_together() -> None:
    group_of = by_pattern(r"(.*)_frame")
    divided = split_dataset(a_dataset(), FRACTIONS, seed=3, group_of=group_of)
    splits: dict[str, set[str | None]] = {}
    for image in divided.images:
        splits.setdefault(group_of(image), set()).add(image.split)
    assert len(splits) == 40
    assert all(len(found) == 1 for found in splits.values())
    assert {split for found in splits.values() for split in found} == set(FRACTIONS)


def test_groups_are_the_data_sets_or_its_folders() -> None:
    image = a_dataset(1).images[0]
    assert by_group(replace(image, group="v")) == "v"
    assert by_group(replace(image, name="folder/a.jpg")) == "folder"
    assert by_group(image) != by_group(replace(image, name="b.jpg"))


@pytest.mark.parametrize(
    "fractions", [{}, {"train": 0.5, "val": 0.4}, {"train": 1.5, "val": -0.5}, {"train": 0.0}]
)
def test_fractions_that_are_none_are_refused(fractions: dict[str, float]) -> None:
    with pytest.raises(DatasetError, match="add up to 1"):
        split_dataset(a_dataset(9), fractions, seed=0)


def test_fewer_images_than_splits_are_refused() -> None:
    with pytest.raises(DatasetError, match="2 groups cannot be divided into 3 splits"):
        split_dataset(a_dataset(2), FRACTIONS, seed=0)


@pytest.mark.parametrize("count", [3, 4, 5, 7, 10, 12, 20, 300])
@pytest.mark.parametrize("images_a_class", [1, 2, 3, 5, 400])
def test_many_rare_classes_or_few_images_leave_no_split_empty(
    count: int, images_a_class: int
) -> None:
    names = [f"class {number // images_a_class:03}" for number in range(count)]
    images = tuple(
        AnnotatedImage(f"{number}.jpg", FileImage(Path("a.jpg")), 48, 32,
                         (AnnotatedObject(name, (0, 0, 1, 1)),))
        for number, name in enumerate(names)
    )  # fmt: skip
    divided = split_dataset(Dataset(label_map_of(sorted(set(names))), images), FRACTIONS, seed=0)
    counts = {split: len(divided.of_split(split)) for split in FRACTIONS}
    assert sum(counts.values()) == count
    for split, share in FRACTIONS.items():
        assert counts[split] >= max(1, int(share * count / 2)), counts


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(DatasetError, match="no regular expression"):
        by_pattern("(")
