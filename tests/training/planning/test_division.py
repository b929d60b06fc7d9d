from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from training.datasets.annotated import AnnotatedImage, AnnotatedObject, Box
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.grouping.keeping_together import TogetherGroups, grouped
from training.datasets.sources import FileImage
from training.planning.choices import exclusive_classes_choice
from training.planning.division import divide, without_copies_of_train
from training.planning.facts import DataFacts


def dataset_of(splits: Sequence[str | None]) -> Dataset:
    return Dataset(
        label_map_of("ab"),
        tuple(
            AnnotatedImage(f"{n}.jpg", FileImage(Path(f"{n}.jpg")), 64, 48,
                             (AnnotatedObject("ab"[n % 2], (0.0, 0.0, 0.5, 0.5)),), split=split)
            for n, split in enumerate(splits)
        ),
    )  # fmt: skip


def alone(dataset: Dataset) -> TogetherGroups:
    return in_groups(dataset, [])


def in_groups(dataset: Dataset, links: list[tuple[int, int, int]]) -> TogetherGroups:
    return grouped([str(n) for n in range(len(dataset))], [None] * len(dataset), [], links)


def test_its_own_splits_are_kept_and_leaks_are_told() -> None:
    dataset = dataset_of(["train"] * 8 + ["val"] * 3 + ["test"] * 2)
    division = divide(dataset, in_groups(dataset, [(0, 8, 1), (1, 11, 2)]))
    assert division.is_the_datas
    assert [len(each) for each in (division.train, division.validation, division.test)] == [8, 3, 2]
    assert "1 of 3 val images and 1 of 2 test images follow an image of train" in division.told[1]


def test_images_of_no_part_are_counted_and_told() -> None:
    dataset = dataset_of(["train"] * 8 + ["val"] * 3 + [None] * 2 + ["extra"])
    division = divide(dataset, alone(dataset))
    assert (len(division.train), len(division.validation), len(division.test)) == (8, 3, 0)
    assert "3 images are not used (2 without a split, 1 of extra)" in division.told[1]
    whole = dataset_of(["train"] * 8 + ["val"] * 3)
    assert not any("not used" in line for line in divide(whole, alone(whole)).told)


def test_a_test_split_is_kept_apart_and_val_taken_from_train() -> None:
    dataset = dataset_of(["train"] * 20 + ["test"] * 5)
    division = divide(dataset, alone(dataset))
    assert not division.is_the_datas
    assert len(division.test) == 5
    assert (len(division.train), len(division.validation)) == (16, 4)
    assert {each.split for each in (*division.train, *division.validation)} == {"train"}


@pytest.mark.parametrize("split", [None, "test", "val", "part one"])
def test_undivided_images_are_divided_by_groups(split: str | None) -> None:
    dataset = dataset_of([split] * 40)
    links = [(n, n + 1, 0) for n in range(0, 40, 2)]
    division = divide(dataset, in_groups(dataset, links))
    held = {each.name for each in division.validation}
    assert len(held) == 8
    assert all((f"{n}.jpg" in held) == (f"{n + 1}.jpg" in held) for n in range(0, 40, 2))
    assert len(division.train) == 32
    assert {each.split for each in division.train} == {split}
    assert division.told[0].startswith("Kept together: 40 of 40 images in 20 groups")


def test_too_little_is_refused() -> None:
    few, nothing = dataset_of([None] * 9), dataset_of([None] * 20)
    nothing = replace(nothing, images=tuple(replace(each, objects=()) for each in nothing.images))
    with pytest.raises(DatasetError, match="9 images with annotations: 10 or more are needed"):
        divide(few, alone(few))
    with pytest.raises(DatasetError, match="no image has an object"):
        divide(nothing, alone(nothing))


def test_facts_are_counted() -> None:
    dataset = dataset_of([None] * 12)
    facts = DataFacts.of(dataset.images, dataset.images[:3], dataset.class_names)
    assert facts.objects == {"a": 6, "b": 6}
    assert facts.box_sides == pytest.approx((0.5, 0.5, 0.5))
    assert (facts.size_wh, facts.share_of_usual_shape) == ((64, 48), 1.0)
    assert (facts.images, facts.validation_images, facts.most_objects) == (12, 3, 1)


@pytest.mark.parametrize(
    ("second", "label", "crowd", "pair"),
    [
        # IoU 0.4 / 0.6 and 0.3 / 0.7.
        ((0.1, 0.0, 0.6, 1.0), "b", False, ("a", "b")),
        ((0.2, 0.0, 0.7, 1.0), "b", False, None),
        ((0.0, 0.0, 0.5, 1.0), "a", False, None),
        ((0.0, 0.0, 0.5, 1.0), "b", True, None),
    ],
)
def test_classes_that_lie_in_the_same_place_are_found(
    second: Box, label: str, crowd: bool, pair: tuple[str, str] | None
) -> None:
    dataset = dataset_of([None] * 12)
    objects = (
        AnnotatedObject("a", (0.0, 0.0, 0.5, 1.0)), AnnotatedObject(label, second, crowd=crowd)
    )  # fmt: skip
    images = (*dataset.images, replace(dataset.images[0], objects=objects))
    facts = DataFacts.of(images, dataset.images[:3], dataset.class_names)
    assert facts.overlapping_classes == pair
    choice = exclusive_classes_choice(facts, "ssd_mobilenet_v2_fpnlite")
    assert choice is not None
    assert choice.value is (pair is None)
    assert exclusive_classes_choice(replace(facts, objects={"a": 5}), "dfine_nano") is None


def test_a_val_split_that_is_the_train_split_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "copy.jpg").write_bytes(b"same")
    (tmp_path / "0.jpg").write_bytes(b"same")
    (tmp_path / "9.jpg").write_bytes(b"another")
    names = ["0.jpg", "1.jpg", "2.jpg", "1.jpg", "copy.jpg", "9.jpg"]
    splits = ["train"] * 3 + ["val"] * 3
    dataset = dataset_of(splits)
    images = tuple(
        replace(each, source=FileImage(tmp_path / name))
        for each, name in zip(dataset.images, names, strict=True)
    )
    dataset = replace(dataset, images=images)
    kept, copies = without_copies_of_train(
        dataset, in_groups(dataset, [(0, 4, 0), (0, 5, 0), (2, 5, 3)])
    )
    assert copies == 2
    assert [each.name for each in kept.images] == ["0.jpg", "1.jpg", "2.jpg", "5.jpg"]
