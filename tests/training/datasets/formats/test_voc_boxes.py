"""Pascal VOC's boxes in the forms in which people's scripts write them."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    boxes_of,
    images,
    notes_of,
    text_file,
    voc_xml,
)
from training.datasets.defects import NothingRead
from training.datasets.formats.registry import read_dataset

_XMIN_FIRST = "<xmin>11</xmin><ymin>9</ymin><xmax>30</xmax><ymax>28</ymax>"


@pytest.mark.parametrize(
    ("box", "note"),
    [
        (f"<bndBox>{_XMIN_FIRST}</bndBox>", ""),
        (f"<BndBox>{_XMIN_FIRST.upper()}</BndBox>", ""),
        (f"<bounding_box>{_XMIN_FIRST}</bounding_box>", ""),
        (
            "<bndbox><xmax>30,0</xmax><ymax>28,0</ymax><xmin>11,0</xmin><ymin>9,0</ymin></bndbox>",
            "1 box with numbers with a decimal comma",
        ),
        ("<bndbox><x1>11</x1><y1>9</y1><x2>30</x2><y2>28</y2></bndbox>", "called x1, y1, x2, y2"),
        ('<bndbox xmin="11" ymin="9" xmax="30" ymax="28"/>', "called xmin, ymin, xmax, ymax"),
        (
            "<bndbox><x>10</x><y>8</y><w>20</w><h>20</h></bndbox>",
            "x, y, w, h, taken as the upper left corner and the size",
        ),
        (
            "<bndbox><cx>20</cx><cy>18</cy><w>20</w><h>20</h></bndbox>",
            "cx, cy, w, h, taken as the center and the size",
        ),
    ],
)
def test_a_box_in_the_forms_of_peoples_scripts(box: str, note: str, tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    text_file(
        tmp_path / "a.xml", f"<annotation><object><name>cup</name>{box}</object></annotation>"
    )
    dataset = read_dataset(tmp_path)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert (dataset.defects, note in notes_of(dataset)) == ((), True)


def test_tags_in_capitals_are_the_same(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    text = voc_xml("a.jpg").upper().replace("A.JPG", "a.jpg").replace("CUP", "cup")
    text_file(tmp_path / "a.xml", text)
    assert boxes_of(read_dataset(tmp_path)) == [("a.jpg", None, "cup", CUP_XYXY)]


def test_a_box_of_other_elements_names_them(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    box = "<bndbox><u>1</u><v>2</v></bndbox>"
    text_file(
        tmp_path / "a.xml", f"<annotation><object><name>cup</name>{box}</object></annotation>"
    )
    with pytest.raises(NothingRead, match="xmin, ymin, xmax, ymax were expected, there are u, v"):
        read_dataset(tmp_path)


def test_lists_of_each_class_say_the_splits_where_there_are_no_others(tmp_path: Path) -> None:
    """As VoTT writes them, with the images' whole names."""
    for name in ("a", "b"):
        images(tmp_path / "JPEGImages", f"{name}.jpg")
        text_file(tmp_path / "Annotations" / f"{name}.xml", voc_xml(f"{name}.jpg"))
    lists = tmp_path / "ImageSets" / "Main"
    text_file(lists / "cup_train.txt", "a.jpg 1\n")
    text_file(lists / "cup_val.txt", "b.jpg -1\n")
    splits = [(name, split) for name, split, *_ in boxes_of(read_dataset(tmp_path))]
    assert splits == [("a.jpg", "train"), ("b.jpg", "val")]
    text_file(lists / "train.txt", "a\nb\n")
    assert {split for _, split, *_ in boxes_of(read_dataset(tmp_path))} == {"train"}
