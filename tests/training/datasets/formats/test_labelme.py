"""labelme's JSON, built from what its label files hold. Images are 48x32 pixels."""

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.annotated_folders import notes_of
from tests.support.small_datasets import image_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import detect, read_dataset

RECTANGLE = {"label": "cup", "points": [[6, 8], [24, 24]], "shape_type": "rectangle"}


def png(bitmap: np.ndarray[Any, Any]) -> str:
    data = BytesIO()
    Image.fromarray(bitmap.astype(np.uint8) * 255).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def written(folder: Path, *shapes: Any, name: str = "a", **changes: Any) -> Path:
    content = {
        "version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": f"{name}.jpg",
        "imageData": None, "imageHeight": 32, "imageWidth": 48, **changes,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def a_set(folder: Path, *shapes: Any, **changes: Any) -> Dataset:
    image_file(folder, "a.jpg")
    return read_dataset(written(folder, *shapes, **changes))


def boxes(dataset: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    (image,) = dataset.images
    return [(each.label, image.pixels_xyxy(each.box_yxyx)) for each in image.objects]


@pytest.mark.parametrize(
    ("kind", "points", "box"),
    [
        ("rectangle", [[6, 8], [24, 24]], (6, 8, 24, 24)),
        ("rectangle", [[24, 24], [6, 8]], (6, 8, 24, 24)),
        ("rectangle", [[6, 8], [24, 8], [24, 24], [6, 24]], (6, 8, 24, 24)),
        ("polygon", [[6, 8], [24, 10], [12, 24]], (6, 8, 24, 24)),
        (None, [[6, 8], [24, 10], [12, 24]], (6, 8, 24, 24)),
        ("circle", [[20, 16], [23, 20]], (15, 11, 25, 21)),
        ("line", [[6, 8], [24, 24]], (6, 8, 24, 24)),
        ("linestrip", [[6, 8], [24, 24], [20, 10]], (6, 8, 24, 24)),
        ("rotation", [[20, 8], [28, 16], [20, 24], [12, 16]], (12, 8, 28, 24)),
        ("oriented_rectangle", [[20, 8], [28, 16], [20, 24], [12, 16]], (12, 8, 28, 24)),
    ],
)
def test_the_box_of_each_shape(
    kind: str | None, points: Any, box: tuple[float, ...], tmp_path: Path
) -> None:
    dataset = a_set(tmp_path, {"label": "cup", "points": points, "shape_type": kind})
    assert dataset.defects == ()
    assert boxes(dataset) == [("cup", box)]


def test_a_masks_pixels_are_those_between_its_points(tmp_path: Path) -> None:
    bitmap = np.zeros((9, 7), bool)
    bitmap[2:5, 1:6] = True
    bitmap[0, 0] = bitmap[8, 6] = True
    shape = {"label": "cup", "points": [[10, 4], [16, 12]], "shape_type": "mask",
             "mask": png(bitmap)}  # fmt: skip
    dataset = a_set(tmp_path, shape)
    (found,) = dataset.images[0].objects
    assert boxes(dataset) == [("cup", (10, 4, 17, 13))]
    assert found.mask is not None
    expected = np.zeros((32, 48), bool)
    expected[4:13, 10:17] = bitmap
    assert (found.mask.bitmap() == expected).all()


def test_shapes_of_one_label_and_group_are_one_object(tmp_path: Path) -> None:
    left = {"label": "cup", "points": [[2, 2], [10, 2], [10, 10]], "group_id": 3}
    right = {"label": "cup", "points": [[20, 6], [30, 6], [30, 20]], "group_id": 3}
    other = {"label": "cup", "points": [[40, 2], [44, 2], [44, 8]], "group_id": None}
    dataset = a_set(tmp_path, left, other, right)
    assert boxes(dataset) == [("cup", (2, 2, 30, 20)), ("cup", (40, 2, 44, 8))]
    assert [len(each.polygons) for each in dataset.images[0].objects] == [2, 1]


def test_points_in_an_objects_group_are_its_keypoints(tmp_path: Path) -> None:
    dataset = a_set(
        tmp_path,
        {"label": "nose", "points": [[12, 16]], "shape_type": "point", "group_id": 1},
        {**RECTANGLE, "group_id": 1},
        {"label": "tail", "points": [[24, 8]], "shape_type": "point", "group_id": 1},
    )
    assert dataset.keypoint_names == ("nose", "tail")
    (found,) = dataset.images[0].objects
    assert found.keypoints is not None
    assert found.keypoints.tolist() == [[0.5, 0.25, 2], [0.25, 0.5, 2]]


def test_what_labelmes_own_exports_ignore(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, RECTANGLE, {**RECTANGLE, "label": "__ignore__"},
                    {**RECTANGLE, "label": "_background_"})  # fmt: skip
    assert dataset.class_names == ("cup",)
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]
    assert dataset.images[0].ignored_yxyx == ((0.25, 0.125, 0.75, 0.5),)


def test_flags_of_a_shape(tmp_path: Path) -> None:
    first = {**RECTANGLE, "flags": {"difficult": True, "occluded": False}}
    second = {**RECTANGLE, "flags": {"occluded": True}, "difficult": False}
    dataset = a_set(tmp_path, first, second)
    assert [(each.difficult, each.truncated) for each in dataset.images[0].objects] == [
        (True, False), (False, True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ({"label": "dot", "points": [[3, 3]], "shape_type": "point"}, "has no area"),
        ({"label": "cup", "points": [[3, 3]], "shape_type": "rectangle"}, "2 points or more"),
        ({"label": "cup", "points": "x", "shape_type": "rectangle"}, "list of x and y"),
        ({"label": "cup", "points": [[1, None], [2, 3]]}, "y is None, a number was expected"),
        ({"label": ["cup"], "points": [[1, 1], [2, 3]]}, "`label`, a text, was expected"),
        ({"label": "cup", "points": [[1, 1], [2, 3]], "shape_type": "star"}, "not known"),
        ({"label": "cup", "points": [[1, 1], [2, 3]], "shape_type": "mask"}, "a PNG in base64"),
        ({"label": "cup", "points": [[1, 1], [2, 3]], "shape_type": "mask", "mask": "AAAA"},
         "no PNG"),
        ({"label": "cup", "points": [[1, 1e300], [2, 3]]},
         "the coordinate 1e+300 is outside of any image"),
        (None, "a shape was expected, not None"),
    ],
)  # fmt: skip
def test_a_shape_that_is_none_is_a_defect_and_the_others_are_read(
    shape: Any, message: str, tmp_path: Path
) -> None:
    dataset = a_set(tmp_path, shape, RECTANGLE)
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where == f"{tmp_path / 'a.json'}, shape 1"
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]


def test_an_image_inside_of_the_json_is_read_where_there_is_no_file(tmp_path: Path) -> None:
    content = image_file(tmp_path / "elsewhere", "a.jpg").read_bytes()
    folder = written(
        tmp_path / "set", RECTANGLE, imagePath="..\\photos\\a.jpg",
        imageData=base64.b64encode(content).decode(),
    )  # fmt: skip
    dataset = read_dataset(folder)
    assert dataset.defects == ()
    (image,) = dataset.images
    assert image.source.read() == content
    assert (image.width, image.height, image.name) == (48, 32, "photos/a.jpg")


def test_an_image_that_was_renamed_with_its_json(tmp_path: Path) -> None:
    image_file(tmp_path, "b.png")
    folder = written(tmp_path, RECTANGLE, name="b", imagePath="C:\\old\\x.jpg")
    (image,) = read_dataset(folder).images
    assert image.name == "b.png"


def test_a_json_that_calls_itself_its_image(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, RECTANGLE, imagePath="a.json")
    assert [each.name for each in dataset.images] == ["a.jpg"]


def test_json_in_a_folder_of_its_own_and_splits(tmp_path: Path) -> None:
    for split in ("train", "val"):
        image_file(tmp_path / split / "images", f"{split}.jpg")
        path = f"../images/{split}.jpg"
        written(tmp_path / split / "json", RECTANGLE, name=split, imagePath=path)
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert {(each.split, each.name) for each in dataset.images} == {
        ("train", "train.jpg"), ("val", "val.jpg")
    }  # fmt: skip


def test_a_size_that_is_not_the_images_drops_it(tmp_path: Path) -> None:
    image_file(tmp_path, "b.jpg")
    written(tmp_path, RECTANGLE, name="b")
    dataset = a_set(tmp_path, RECTANGLE, imageHeight=48, imageWidth=32)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.SIZE_DIFFERS


@pytest.mark.parametrize("content", ["{", "[]", '{"shapes": 3, "imagePath": "a.jpg"}'])
def test_a_file_that_is_none_is_a_defect(content: str, tmp_path: Path) -> None:
    a_set(tmp_path, RECTANGLE)
    (tmp_path / "b.json").write_text(content)
    dataset = read_dataset(tmp_path, "labelme")
    assert len(dataset.images) == 1


@pytest.mark.parametrize("width", ["wide", [48], -48, 47.5, {"w": 48}])
def test_a_size_that_is_none_is_told_and_the_image_says_it(width: Any, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, RECTANGLE, imageWidth=width)
    assert boxes(dataset) == [("cup", (6, 8, 24, 24))]
    (defect,) = dataset.defects
    assert "the width is" in defect.message


def test_labels_that_are_empty_are_the_only_class(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    folder = written(tmp_path, {**RECTANGLE, "label": ""})
    dataset = read_dataset(folder, None, ReadOptions(classes=("hand",)))
    assert boxes(dataset) == [("hand", (6, 8, 24, 24))]


def test_a_single_file_is_read_and_a_folder_without_says_what_was_looked_for(
    tmp_path: Path,
) -> None:
    a_set(tmp_path, RECTANGLE)
    assert detect(tmp_path / "a.json").name == "labelme"
    assert boxes(read_dataset(tmp_path / "a.json")) == [("cup", (6, 8, 24, 24))]
    (tmp_path / "a.json").unlink()
    with pytest.raises(DatasetError, match="no JSON files with labelme's `shapes`"):
        read_dataset(tmp_path, "labelme")


def test_lines_that_become_objects_are_told(tmp_path: Path) -> None:
    lines = [{"label": label, "points": points, "shape_type": kind} for label, points, kind in (
        ("scratch", [[6, 8], [24, 24]], "line"), ("scratch", [[6, 8], [9, 9], [8, 4]], "linestrip"),
        ("road", [[1, 1], [9, 9]], "line"), ("level", [[1, 1], [9, 1]], "line"),
    )]  # fmt: skip
    dataset = a_set(tmp_path, RECTANGLE, *lines)
    assert len(dataset.images[0].objects) == 4
    assert (
        "taken as: 3 lines taken as objects by the boxes around them: scratch (2), road (1); "
        f"the first is {tmp_path / 'a.json'}, shape 2"
    ) in notes_of(dataset)
    assert "taken as" not in notes_of(read_dataset(written(tmp_path, RECTANGLE)))
