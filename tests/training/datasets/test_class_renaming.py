from dataclasses import replace
from pathlib import Path

import pytest

from detection.label_map import LabelMap, LabelMapItem
from tests.support import small_datasets as small
from training.configuration.data import DataSource
from training.datasets.class_renaming import rename_classes
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import write_dataset
from training.datasets.workers import Workers


def labels(dataset: Dataset) -> list[str]:
    return [each.label for image in dataset.images for each in image.objects]


def ids(dataset: Dataset) -> dict[str, int]:
    return {item.name: item.id for item in dataset.label_map}


def test_classes_get_other_names_and_two_become_one(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    assert labels(dataset) == ["red cell", "white", "white", "red cell", "red cell"]

    renamed = rename_classes(dataset, {"red cell": "RBC", "platelet": "white"}, tmp_path)

    assert labels(renamed) == ["RBC", "white", "white", "RBC", "RBC"]
    assert ids(renamed) == {"white": 1, "RBC": 2}
    for before, after in zip(dataset.images, renamed.images, strict=True):
        assert [each.box_yxyx for each in after.objects] == [
            each.box_yxyx for each in before.objects
        ]
        assert after.ignored_yxyx == before.ignored_yxyx
    assert "red cell as RBC, platelet as white" in str(renamed.notes[-1])


def test_two_names_can_change_places(tmp_path: Path) -> None:
    swapped = rename_classes(
        small.boxes_only(tmp_path), {"red cell": "white", "white": "red cell"}, tmp_path
    )
    assert labels(swapped) == ["white", "red cell", "red cell", "white", "white"]
    assert ids(swapped) == {"red cell": 1, "white": 2, "platelet": 3}


def test_numbers_of_the_files_stay_known_while_each_means_one_class(tmp_path: Path) -> None:
    dataset = replace(
        small.boxes_only(tmp_path), category_ids={"white": 7, "red cell": 0, "platelet": 3}
    )
    one_to_one = rename_classes(dataset, {"white": "WBC"}, tmp_path)
    assert one_to_one.category_ids == {"WBC": 7, "red cell": 0, "platelet": 3}
    assert rename_classes(dataset, {"white": "platelet"}, tmp_path).category_ids == {}


def test_what_people_are_shown_stays_of_classes_that_keep_their_names(tmp_path: Path) -> None:
    items = (LabelMapItem(4, "white", "leukocyte"), LabelMapItem(9, "red cell", "erythrocyte"))
    dataset = replace(small.boxes_only(tmp_path), label_map=LabelMap(items))
    renamed = rename_classes(dataset, {"white": "WBC"}, tmp_path)
    assert [(each.id, each.name, each.display_name) for each in renamed.label_map] == [
        (1, "WBC", None), (2, "red cell", "erythrocyte"),
    ]  # fmt: skip


def test_a_class_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError,
        match=r"cells has no class 'Red' to rename; its classes are white, red cell, platelet",
    ):
        rename_classes(small.boxes_only(tmp_path), {"Red": "RBC"}, Path("cells"))


@pytest.mark.parametrize("format_name", ["voc", "coco", "yolo", "tfrecord"])
def test_a_trainings_source_is_read_under_its_new_names(format_name: str, tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "cells", format_name)
    source = DataSource(
        tmp_path / "cells", split="train", rename={"red cell": "cell", "white": "cell"}
    )
    with Workers(processes=1) as workers:
        assert labels(source.read(workers)) == ["cell"] * 4


@pytest.mark.parametrize("name", ["", " zero", "zero\n"])
def test_a_new_name_is_one_that_can_be_seen(name: str) -> None:
    with pytest.raises(ValueError, match="rename gives 'fist'"):
        DataSource(Path("hands"), rename={"fist": name})
