"""CSV files without a header, and with all boxes of an image in a field. Images are 48x32."""

from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from tests.training.datasets.formats.test_csv_as_people_have_it import BOX, a_set, boxes


@pytest.mark.parametrize(
    "corners", ["0.125,0.25,,,0.5,0.75,,", "0.125,0.25,0.5,0.25,0.5,0.75,0.125,0.75"]
)
@pytest.mark.parametrize("path", ["gs://bucket/set/a.jpg", "images/a.jpg"])
def test_google_automl_with_its_splits(path: str, corners: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"VALIDATION,{path},cup,{corners}\n")
    assert (boxes(dataset), dataset.splits, dataset.defects) == ([("cup", BOX)], ("val",), ())


def test_an_image_of_no_split_in_google_automl(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "UNASSIGNED,gs://bucket/a.jpg,cup,0.125,0.25,,,0.5,0.75,,\n")
    assert (boxes(dataset), dataset.splits) == ([("cup", BOX)], (None,))


def test_all_boxes_of_an_image_in_one_field(tmp_path: Path) -> None:
    image_file(tmp_path / "images", "b.jpg")
    text = "image_name,BoxesString,domain\na.jpg,6 8 24 24;30 2 40 12,x\nb.jpg,no_box,x\n"
    dataset = a_set(tmp_path, text, classes=("wheat",))
    first, second = sorted(dataset.images, key=lambda each: each.name)
    assert [first.pixels_xyxy(each.box_yxyx) for each in first.objects] == [BOX, (30, 2, 40, 12)]
    assert (second.objects, dataset.defects) == ((), ())


def test_a_box_among_several_that_is_none_is_a_defect_of_its_own(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "image,BoxesString\na.jpg,6 8 24 24;1 2 3\n", classes=("wheat",))
    assert boxes(dataset) == [("wheat", BOX)]
    (defect,) = dataset.defects
    assert "xmin is '1 2 3', a number was expected" in defect.message


def test_a_list_without_a_header_in_a_text_file(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "a.jpg;6;8;24;24;cup\n", name="gt.txt")
    assert boxes(dataset) == [("cup", BOX)]
