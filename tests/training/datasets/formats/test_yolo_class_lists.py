"""YOLO folders with several lists of classes: a number means what it means in its own folder."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import image_file, notes_of, text_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

LINES = "".join(f"{number} 0.5 0.5 0.25 0.{number + 2}\n" for number in range(3))
CATS, BIRDS = "cat\ndog\nbird\n", "bird\ndog\ncat\n"
TAKEN = "taken as: the lists of classes differ, and each was taken for the labels beside and below"


def a_set(root: Path, *pairs: tuple[str, str], lines: str = LINES) -> None:
    for image, labels in pairs:
        image_file(root / image)
        text_file(root / labels, lines)


def labels_of(dataset: Dataset) -> dict[str, list[str]]:
    return {Path(each.name).name: [one.label for one in each.objects]
            for each in dataset.images}  # fmt: skip


def names_of(dataset: Dataset) -> tuple[str, ...]:
    return tuple(item.name for item in dataset.label_map)


LAYOUTS = {
    "beside": ("{}/{}.jpg", "{}/{}.txt", "{}/classes.txt"),
    "above": ("{}/images/{}.jpg", "{}/labels/{}.txt", "{}/classes.txt"),
    "in labels": ("{}/images/{}.jpg", "{}/labels/{}.txt", "{}/labels/classes.txt"),
    "in images": ("{}/images/{}.jpg", "{}/labels/{}.txt", "{}/images/classes.txt"),
    "below labels": ("images/{}/{}.jpg", "labels/{}/{}.txt", "labels/{}/classes.txt"),
    "darknet": ("{}/data/{}.jpg", "{}/data/{}.txt", "{}/obj.names"),
    "roboflow": ("{}/{}.jpg", "{}/{}.txt", "{}/_darknet.labels"),
}


@pytest.mark.parametrize("folders", [("train", "valid"), ("project-0", "project-1")])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_labels_have_the_classes_that_their_folder_has_by_itself(
    layout: str, folders: tuple[str, str], tmp_path: Path
) -> None:
    image, labels, names = LAYOUTS[layout]
    for folder, name, classes in zip(folders, "ab", (CATS, BIRDS), strict=True):
        a_set(tmp_path, (image.format(folder, name), labels.format(folder, name)))
        text_file(tmp_path / names.format(folder), classes)
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert labels_of(dataset) == {"a.jpg": CATS.split(), "b.jpg": BIRDS.split()}
    assert names_of(dataset) == ("cat", "dog", "bird")
    assert TAKEN in notes_of(dataset)
    for folder in folders:
        if (tmp_path / folder).is_dir():
            alone = labels_of(read_dataset(tmp_path / folder))
            assert alone.items() <= labels_of(dataset).items()


def test_the_inner_list_counts_before_one_around(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"), ("two/b.jpg", "two/b.txt"))
    text_file(tmp_path / "classes.txt", CATS)
    text_file(tmp_path / "two" / "classes.txt", "x\ny\nz\n")
    dataset = read_dataset(tmp_path)
    assert labels_of(dataset) == {"a.jpg": CATS.split(), "b.jpg": ["x", "y", "z"]}
    assert names_of(dataset) == ("cat", "dog", "bird", "x", "y", "z")


def test_numbers_of_each_folder_may_count_otherwise(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"))
    a_set(tmp_path, ("two/b.jpg", "two/b.txt"), lines="1 0.5 0.5 0.25 0.25\n2 0.5 0.5 0.2 0.2\n")
    text_file(tmp_path / "one" / "classes.txt", CATS)
    text_file(tmp_path / "two" / "classes.txt", "x\ny\n")
    assert labels_of(read_dataset(tmp_path)) == {"a.jpg": CATS.split(), "b.jpg": ["x", "y"]}


def test_a_number_that_only_the_other_list_has_is_a_defect(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"), ("two/b.jpg", "two/b.txt"))
    text_file(tmp_path / "one" / "classes.txt", CATS)
    text_file(tmp_path / "two" / "classes.txt", "dog\nbird\n")
    (defect,) = read_dataset(tmp_path).defects
    assert defect.kind == DefectKind.UNKNOWN_CLASS
    assert "two/b.txt" in defect.where


def test_a_list_without_labels_is_told_and_gives_no_class(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"))
    text_file(tmp_path / "one" / "classes.txt", CATS)
    text_file(tmp_path / "old" / "classes.txt", "x\ny\n")
    dataset = read_dataset(tmp_path)
    assert names_of(dataset) == ("cat", "dog", "bird")
    assert "it has other classes than one/classes.txt, and no labels of its own" in notes_of(
        dataset
    )
    assert TAKEN not in notes_of(dataset)


def test_labels_that_may_be_of_either_list_are_refused(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"), ("two/b.jpg", "two/b.txt"), ("c/c.jpg", "c/c.txt"))
    text_file(tmp_path / "one" / "classes.txt", CATS)
    text_file(tmp_path / "two" / "classes.txt", BIRDS)
    with pytest.raises(DatasetError, match=r"c/c\.txt: one/classes\.txt, two/classes\.txt have "
                                           r"different classes, .*--classes"):  # fmt: skip
        read_dataset(tmp_path)
    told = read_dataset(tmp_path, None, ReadOptions(classes=("x", "y", "z")))
    assert set(map(tuple, labels_of(told).values())) == {("x", "y", "z")}


def test_lists_that_agree_count_for_all(tmp_path: Path) -> None:
    a_set(tmp_path, ("one/a.jpg", "one/a.txt"), ("two/b.jpg", "two/b.txt"), ("c/c.jpg", "c/c.txt"))
    text_file(tmp_path / "one" / "classes.txt", CATS)
    text_file(tmp_path / "two" / "classes.txt", CATS)
    dataset = read_dataset(tmp_path)
    assert set(map(tuple, labels_of(dataset).values())) == {tuple(CATS.split())}
    assert TAKEN not in notes_of(dataset)
