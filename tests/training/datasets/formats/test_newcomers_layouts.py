"""Layouts that people have made themselves: what was read wrong or not at all before."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    LINE,
    boxes_of,
    image_file,
    images,
    notes_of,
    text_file,
    voc_xml,
)
from training.datasets.defects import DefectKind
from training.datasets.formats.registry import detect, read_dataset
from training.datasets.formats.yolo.description import without_own_numbers


@pytest.mark.parametrize("ending", ["", ".jpg"])
@pytest.mark.parametrize("folder", ["splits", "lists/v1", ""])
def test_yolos_images_get_the_splits_of_lists_anywhere(
    folder: str, ending: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        image_file(tmp_path / "images" / f"{name}.jpg")
        text_file(tmp_path / "labels" / f"{name}.txt", LINE)
    text_file(tmp_path / "classes.txt", "cup\n")
    text_file(tmp_path / folder / "train_list.txt", f"a{ending}\n")
    text_file(tmp_path / folder / "val_list.txt", f"b{ending}\n")
    dataset = read_dataset(tmp_path)
    assert [(each.name, each.split) for each in dataset.images] == [
        ("a.jpg", "train"), ("b.jpg", "val"),
    ]  # fmt: skip
    assert "splits by the lists of images" in notes_of(dataset)
    assert "not read" not in notes_of(dataset)


def test_numbers_before_the_names_of_a_list_are_left_out_and_told(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg")
    text_file(tmp_path / "a.txt", LINE)
    text_file(tmp_path / "classes.txt", "0 cup\n1 fork\n")
    dataset = read_dataset(tmp_path)
    assert dataset.class_names == ("cup", "fork")
    assert "each line begins with its number" in notes_of(dataset)


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["0: cup", "1: fork"], ["cup", "fork"]), (["0,cup", "1,fork"], ["cup", "fork"]),
        (["1 euro", "2 euro"], ["1 euro", "2 euro"]), (["0 cup"], ["0 cup"]),
        (["0 cup", "2 fork"], ["0 cup", "2 fork"]), (["0", "1"], ["0", "1"]),
        (["0 cup", "fork"], ["0 cup", "fork"]),
    ],
)  # fmt: skip
def test_only_numbers_that_count_lines_are_no_part_of_names(
    lines: list[str], names: list[str]
) -> None:
    assert without_own_numbers(lines) == names


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_of_outlines_alone_is_read(separator: str, tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    outline = '"[[10, 8], [30, 8], [30, 28], [10, 28]]"'
    rows = [["image", "label", "polygon"], ["a.jpg", "cup", outline]]
    text_file(tmp_path / "outlines.csv", "\n".join(map(separator.join, rows)) + "\n")
    assert detect(tmp_path).name == "csv"
    dataset = read_dataset(tmp_path)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert dataset.images[0].objects[0].has_mask


@pytest.mark.parametrize("said", ["/content/voc/JPEGImages/{}.jpg", "C:\\voc\\{}.jpg", "{}"])
def test_vocs_lists_may_have_the_images_whole_paths(said: str, tmp_path: Path) -> None:
    for name, split in (("a", "train"), ("b", "val")):
        image_file(tmp_path / "JPEGImages" / f"{name}.jpg")
        box = ("cup", (11, 9, 30, 28))
        text_file(tmp_path / "Annotations" / f"{name}.xml", voc_xml(f"{name}.jpg", box))
        text_file(tmp_path / "ImageSets" / "Main" / f"{split}.txt", said.format(name) + "\n")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert [(each.name, each.split) for each in dataset.images] == [
        ("a.jpg", "train"), ("b.jpg", "val"),
    ]  # fmt: skip


def test_a_line_of_vocs_lists_without_an_annotation_is_still_a_defect(tmp_path: Path) -> None:
    image_file(tmp_path / "JPEGImages" / "a.jpg")
    box = ("cup", (11, 9, 30, 28))
    text_file(tmp_path / "Annotations" / "a.xml", voc_xml("a.jpg", box))
    text_file(tmp_path / "ImageSets" / "Main" / "train.txt", "a\n/content/gone.jpg\n")
    assert [each.kind for each in read_dataset(tmp_path).defects] == [DefectKind.BAD_ANNOTATION]
