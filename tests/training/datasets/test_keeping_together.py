from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.datasets.test_near_duplicates import saved, scene
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.grouping.keeping_together import KeepTogether, group_images, grouped
from training.datasets.sources import FileImage
from training.datasets.splitting import split_dataset
from training.datasets.workers import Workers

FRACTIONS = {"train": 0.7, "val": 0.2, "test": 0.1}


def images_called(names: list[str], groups: list[str | None] | None = None) -> Dataset:
    images = tuple(
        AnnotatedImage(name, FileImage(Path(name)), 48, 32,
                         (AnnotatedObject("ab"[index % 2], (0, 0, 1, 1)),),
                         group=groups[index] if groups else None)
        for index, name in enumerate(names)
    )  # fmt: skip
    return Dataset(label_map_of("ab"), images)


@given(
    count=st.integers(20, 90),
    pairs=st.lists(st.tuples(st.integers(0, 89), st.integers(0, 89), st.integers(0, 10))),
    seed=st.integers(0, 9),
)
def test_no_group_is_torn_apart_nor_too_large_and_every_image_is_dealt_once(
    count: int, pairs: list[tuple[int, int, int]], seed: int
) -> None:
    links = [(min(a, b), max(a, b), bits) for a, b, bits in pairs if a != b and max(a, b) < count]
    dataset = images_called([f"{index}.jpg" for index in range(count)])
    found = grouped([str(index) for index in range(count)], [None] * count, [], links)

    divided = split_dataset(dataset, FRACTIONS, seed=seed, group_of=found.group_of(dataset.images))

    splits = defaultdict(set)
    for number, image in zip(found.numbers, divided.images, strict=True):
        splits[number].add(image.split)
    assert all(len(each) == 1 for each in splits.values())
    assert max(map(found.numbers.count, found.numbers)) <= max(2, count // 10)
    assert [image.name for image in divided.images] == [image.name for image in dataset.images]
    assert set(divided.splits) == set(FRACTIONS)
    for split, share in FRACTIONS.items():
        # A group more or less.
        off = abs(len(divided.of_split(split)) - share * count)
        assert off <= max(2, count // 10) + 1, (split, off)


def test_the_forms_of_one_image_stay_together_however_many_there_are() -> None:
    names = [f"photo_{letter}_jpg.rf.{copy:032x}.jpg" for letter in "abc" for copy in range(9)]
    with Workers(processes=1) as workers:
        found = group_images(images_called(names).images, KeepTogether.NAMES, workers)
    assert [found.numbers.count(number) for number in sorted(set(found.numbers))] == [9, 9, 9]
    assert "24 further forms of an image by its name" in found.as_text()


def test_a_long_series_is_parted_where_it_changes_most(tmp_path: Path) -> None:
    images = [saved(tmp_path, f"frame_{n:03d}.png", scene(n // 4)) for n in range(40)]
    with Workers(processes=1) as workers:
        found = group_images(images, KeepTogether.AUTO, workers)
    assert [len(set(found.numbers[at : at + 4])) for at in range(0, 40, 4)] == [1] * 10
    assert len(set(found.numbers)) == 10
    assert found.parted == 9
    assert "Kept together: 40 of 40 images in 10 groups, the largest of 4" in found.as_text()


def test_a_data_sets_own_groups_stay_whole() -> None:
    videos = [f"video {n // 15}" for n in range(60)]
    dataset = images_called([f"{n}x.jpg" for n in range(60)], [*videos])
    with Workers(processes=1) as workers:
        found = group_images(dataset.images, KeepTogether.NAMES, workers)
    assert len(set(found.numbers)) == 4


@pytest.mark.parametrize("keep", [KeepTogether.NONE, KeepTogether.NEAR_DUPLICATES])
def test_names_say_nothing_where_they_are_not_asked(keep: KeepTogether) -> None:
    dataset = images_called([f"DSC_{n:04d}.jpg" for n in range(30)])
    with Workers(processes=1) as workers:
        found = group_images(dataset.images, keep, workers)
    assert found.as_text() == "No images belong together: each is on its own."


def test_bursts_with_their_number_before_the_suffix_have_no_neighbor_across_a_split() -> None:
    numbers = [n for start in range(0, 600, 30) for n in range(start, start + 12)]
    dataset = images_called([f"IMG-20230312-WA{n:04d}_jpg.rf.{n * 7919:032x}.jpg" for n in numbers])
    with Workers(processes=1) as workers:
        found = group_images(dataset.images, KeepTogether.NAMES, workers)
    divided = split_dataset(dataset, FRACTIONS, seed=2, group_of=found.group_of(dataset.images))
    split_of = {n: each.split for n, each in zip(numbers, divided.images, strict=True)}
    assert all(split_of[n] == split_of.get(n + 1, split_of[n]) for n in numbers)
