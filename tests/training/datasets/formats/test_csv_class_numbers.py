"""CSV files whose classes are numbers, with a list of names beside or in an option."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import boxes_of, images, notes_of, text_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset


def a_set(root: Path, *numbers: object, column: str = "class", names: str = "cat\ndog\n") -> Path:
    images(root / "images", *(f"{at}.jpg" for at in range(len(numbers))))
    rows = [f"{at}.jpg,{number},10,8,30,28\n" for at, number in enumerate(numbers)]
    text_file(root / "labels.csv", f"image,{column},xmin,ymin,xmax,ymax\n" + "".join(rows))
    if names:
        text_file(root / "classes.txt", names)
    return root


def classes_of(dataset: Dataset) -> list[str]:
    return [each[2] for each in boxes_of(dataset)]


@pytest.mark.parametrize("column", ["class", "class_id", "label"])
@pytest.mark.parametrize("numbers", [(0, 1), (1, 2), ("0.0", "1.0")])
def test_numbers_are_named_by_the_list_beside(
    numbers: tuple[object, ...], column: str, tmp_path: Path
) -> None:
    dataset = read_dataset(a_set(tmp_path, *numbers, column=column))
    assert (classes_of(dataset), dataset.defects) == (["cat", "dog"], ())
    assert dataset.class_names == ("cat", "dog")
    assert "classes.txt" in notes_of(dataset) or "counted from 1" in notes_of(dataset)


def test_names_of_an_option_are_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    options = ReadOptions(classes=("bird", "fish"))
    dataset = read_dataset(a_set(tmp_path, 1, 0), None, options)
    assert (classes_of(dataset), dataset.defects) == (["fish", "bird"], ())


def test_a_person_says_what_numbers_count_from(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, 1, 1), None, ReadOptions(first_class=1))
    assert classes_of(dataset) == ["cat", "cat"]


def test_a_number_beyond_the_names_is_a_defect(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, 0, 1, 7))
    assert classes_of(dataset) == ["cat", "dog"]
    assert [each.kind for each in dataset.defects] == [DefectKind.UNKNOWN_CLASS]


def test_names_in_the_column_stay_what_they_are(tmp_path: Path) -> None:
    assert classes_of(read_dataset(a_set(tmp_path, "cup", 1))) == ["cup", "1"]


def test_numbers_without_a_list_are_names(tmp_path: Path) -> None:
    assert classes_of(read_dataset(a_set(tmp_path, 3, 5, names=""))) == ["3", "5"]
