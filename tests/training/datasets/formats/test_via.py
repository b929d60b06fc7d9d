"""VGG Image Annotator's exports, versions 1 and 2. Images are 48x32 pixels."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import notes_of
from tests.support.small_datasets import image_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import detect, read_dataset

RECT = {"name": "rect", "x": 6, "y": 8, "width": 18, "height": 16}


def region(shape: Any, **attributes: Any) -> dict[str, Any]:
    return {"shape_attributes": shape, "region_attributes": attributes or {"type": "cup"}}


def an_entry(*regions: Any, name: str = "a.jpg", **file_attributes: Any) -> dict[str, Any]:
    return {"filename": name, "size": 10, "regions": list(regions),
            "file_attributes": file_attributes}  # fmt: skip


def a_set(folder: Path, content: Any, options: ReadOptions | None = None) -> Dataset:
    image_file(folder, "a.jpg")
    (folder / "via_export_json.json").write_text(json.dumps(content))
    return read_dataset(folder, None, options)


def boxes(dataset: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    (image,) = dataset.images
    return [(each.label, image.pixels_xyxy(each.box_yxyx)) for each in image.objects]


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        (RECT, (6, 8, 24, 24)),
        ({"name": "circle", "cx": 20, "cy": 16, "r": 5.5}, (14.5, 10.5, 25.5, 21.5)),
        ({"name": "ellipse", "cx": 20, "cy": 16, "rx": 8, "ry": 4}, (12, 12, 28, 20)),
        ({"name": "ellipse", "cx": 20, "cy": 16, "rx": 8, "ry": 4, "theta": math.pi / 2},
         (16, 8, 24, 24)),
        ({"name": "polygon", "all_points_x": [6, 24, 12], "all_points_y": [8, 9, 24]},
         (6, 8, 24, 24)),
        ({"name": "polyline", "all_points_x": [6, 24], "all_points_y": [24, 8]}, (6, 8, 24, 24)),
    ],
)  # fmt: skip
def test_the_box_of_each_shape(shape: Any, box: tuple[float, ...], tmp_path: Path) -> None:
    dataset = a_set(tmp_path, {"a.jpg10": an_entry(region(shape))})
    assert dataset.defects == ()
    assert boxes(dataset) == [("cup", box)]


def test_a_project_and_version_ones_regions_by_number(tmp_path: Path) -> None:
    entry = an_entry(name="a.jpg")
    entry["regions"] = {"0": region(RECT), "1": region(RECT, type="fork")}
    project = {"_via_settings": {}, "_via_img_metadata": {"a.jpg10": entry}, "_via_attributes": {}}
    dataset = a_set(tmp_path, project)
    assert [label for label, _ in boxes(dataset)] == ["cup", "fork"]


def test_the_class_is_the_usual_name_and_the_choice_is_told(tmp_path: Path) -> None:
    first = region(RECT, id="7", Class_Name="cup", quality={"good": True, "old": True})
    second = region(RECT, id="8", Class_Name="fork")
    content = {"a": an_entry(first, second)}
    dataset = a_set(tmp_path, content)
    assert [label for label, _ in boxes(dataset)] == ["cup", "fork"]
    (note,) = [note for note in dataset.notes if "attribute" in note.message]
    assert "region attribute 'Class_Name', not id, quality" in note.message
    asked = a_set(tmp_path, content, ReadOptions(columns={"class": "id"}))
    assert [label for label, _ in boxes(asked)] == ["7", "8"]


def test_checkboxes_options_with_descriptions_and_numbers(tmp_path: Path) -> None:
    options = {"1": "cup", "2": "fork"}
    project = {
        "_via_img_metadata": {"a": an_entry(
            region(RECT, kind="1"), region(RECT, kind={"2": True, "1": False}), region(RECT, kind=3)
        )},
        "_via_attributes": {"region": {"kind": {"type": "dropdown", "options": options}}},
    }  # fmt: skip
    dataset = a_set(tmp_path, project)
    assert [label for label, _ in boxes(dataset)] == ["cup", "fork", "3"]


def test_attributes_that_are_called_like_the_classes(tmp_path: Path) -> None:
    content = {"a": an_entry(region(RECT, cup="1", fork=""), region(RECT, fork="1"),
                             region(RECT, cup="1", fork="1"))}  # fmt: skip
    dataset = a_set(tmp_path, content)
    assert [label for label, _ in boxes(dataset)] == ["cup", "fork", "cup"]
    assert "2 classes: cup, fork" in dataset.defects[0].message
    numbered = a_set(tmp_path, {"a": an_entry(region(RECT, beet="1"), region(RECT, beet="2"))})
    assert [label for label, _ in boxes(numbered)] == ["1", "2"]


def test_flags_are_attributes_or_options_of_a_checkbox(tmp_path: Path) -> None:
    first = region(RECT, type="cup", flags={"truncated": True, "difficult": False})
    second = region(RECT, type="cup", difficult="yes")
    (image,) = a_set(tmp_path, {"a": an_entry(first, second)}).images
    assert [(each.truncated, each.difficult) for each in image.objects] == [
        (True, False), (False, True)
    ]  # fmt: skip


def test_a_region_of_two_classes_is_a_defect(tmp_path: Path) -> None:
    content = {"a": an_entry(region(RECT, kind={"cup": True, "fork": True}))}
    dataset = a_set(tmp_path, content)
    assert [label for label, _ in boxes(dataset)] == ["cup"]
    assert "2 classes: cup, fork" in dataset.defects[0].message


def test_regions_without_attributes_need_a_class(tmp_path: Path) -> None:
    content = {"a": an_entry({"shape_attributes": RECT, "region_attributes": {}})}
    with pytest.raises(DatasetError, match="--classes NAME gives all of them one"):
        a_set(tmp_path, content)
    dataset = read_dataset(tmp_path, None, ReadOptions(classes=("balloon",)))
    assert boxes(dataset) == [("balloon", (6, 8, 24, 24))]


def test_a_file_attribute_as_the_class(tmp_path: Path) -> None:
    content = {"a": an_entry({"shape_attributes": RECT, "region_attributes": {}}, animal="cat")}
    dataset = a_set(tmp_path, content, ReadOptions(columns={"class": "animal"}))
    assert boxes(dataset) == [("cat", (6, 8, 24, 24))]


def test_an_image_without_regions_and_a_url(tmp_path: Path) -> None:
    image_file(tmp_path, "b c.jpg")
    content = {"1": an_entry(region(RECT)),
               "2": an_entry(name="https://host/x/b%20c.jpg?v=1")}  # fmt: skip
    dataset = a_set(tmp_path, content)
    assert dataset.defects == ()
    assert [(each.name, len(each.objects)) for each in dataset.images] == [
        ("a.jpg", 1), ("b c.jpg", 0)
    ]  # fmt: skip


def test_the_csv_export(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    image_file(tmp_path, "b.jpg")
    with (tmp_path / "via_region_data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["#filename", "file_size", "file_attributes", "region_count", "region_id",
                         "region_shape_attributes", "region_attributes"])  # fmt: skip
        for number, label in enumerate(("cup", "fork")):
            writer.writerow(["a.jpg", 10, "{}", 2, number, json.dumps(RECT),
                             json.dumps({"type": label})])  # fmt: skip
        writer.writerow(["b.jpg", 10, "{}", 0, 0, "{}", "{}"])
    assert detect(tmp_path).name == "via"
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert [[each.label for each in image.objects] for image in dataset.images] == [
        ["cup", "fork"], []
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (None, "a region was expected"),
        ({"shape_attributes": None, "region_attributes": {}}, "`shape_attributes` was expected"),
        (region({"name": "point", "cx": 1, "cy": 2}), "a point has no area"),
        (region({"name": "rect", "x": [1], "y": 2}), "x is [1], a number was expected"),
        (region({"name": "star"}), "not known"),
        (region({"name": "circle", "cx": 1, "cy": 2, "r": 0}), "no area"),
        (region({"name": "polygon", "all_points_x": [1], "all_points_y": []}), "1 x and 0 y"),
        (region({"name": "polygon", "all_points_x": 3, "all_points_y": []}), "a list"),
    ],
)
def test_a_region_that_is_none_is_a_defect(broken: Any, message: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, {"a": an_entry(broken, region(RECT))})
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where.endswith("image 'a', region 1")
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]


@pytest.mark.parametrize("entry", [None, {"filename": 3}, {"filename": "/"}, []])
def test_an_entry_that_is_none_is_a_defect(entry: Any, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, {"a": an_entry(region(RECT)), "b": entry})
    assert len(dataset.defects) == 1
    assert len(dataset.images) == 1


def test_a_polyline_that_becomes_an_object_is_told(tmp_path: Path) -> None:
    line = {"name": "polyline", "all_points_x": [6, 24], "all_points_y": [24, 8]}
    dataset = a_set(tmp_path, {"a.jpg10": an_entry(region(RECT), region(line, type="road"))})
    told = "taken as: 1 line taken as an object by the box around it: road (1); the first is "
    assert told in notes_of(dataset)
    without = a_set(tmp_path, {"a.jpg10": an_entry(region(RECT))})
    assert "taken as an object" not in notes_of(without)
