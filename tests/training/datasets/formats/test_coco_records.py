"""COCO's records with anything in the place of anything: a defect each, and the rest is read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    images,
    notes_of,
)
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset

NO_NUMBER: list[Any] = [[1], {"a": 1}, None, True, "one", float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("value", NO_NUMBER, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("key", ["category_id", "image_id", "bbox", "number in bbox", "area"])
def test_a_value_of_another_type_is_a_defect_and_the_rest_is_read(
    key: str, value: Any, tmp_path: Path
) -> None:
    bad = coco_box(id=2)
    if key == "number in bbox":
        bad["bbox"] = [10, 8, value, 20]
    else:
        bad[key] = value
    good = coco_box(category_id=2, id=3)
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=[bad, good]))
    assert ("a.jpg", None, "fork", CUP_XYXY) in boxes_of(dataset)
    assert len(boxes_of(dataset)) == (2 if key == "area" else 1)
    if not (key == "area" and value is None):
        (defect,) = dataset.defects
        assert len(defect.message) < 200


@pytest.mark.parametrize("value", [[1], "x", None, 7, True, 1.5], ids=repr)
@pytest.mark.parametrize("key", ["images", "annotations", "categories"])
def test_a_record_that_is_none_is_a_defect_and_the_rest_is_read(
    key: str, value: Any, tmp_path: Path
) -> None:
    file = coco_file(images(tmp_path, "a.jpg") / "c.json")
    content = json.loads(file.read_text())
    content[key].insert(0, value)
    file.write_text(json.dumps(content))
    dataset = read_dataset(file)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.BAD_ANNOTATION


NO_NAME: list[Any] = [[1], {"a": 1}, None, True, float("nan"), 1.5]


@pytest.mark.parametrize("value", NO_NAME, ids=repr)
@pytest.mark.parametrize("key", ["id", "file_name"])
def test_an_image_without_a_right_id_or_name_is_a_defect(
    key: str, value: Any, tmp_path: Path
) -> None:
    if (key == "file_name" and value == "one") or (key == "id" and value in ("one", 10**400)):
        pytest.skip("that is one")
    records = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg", **{key: value})]
    file = coco_file(images(tmp_path, "a.jpg", "b.jpg") / "c.json", records)
    dataset = read_dataset(file)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert [defect.kind for defect in dataset.defects] == [DefectKind.BAD_ANNOTATION]


@pytest.mark.parametrize(
    ("width", "height", "kinds"),
    [
        (64.0, "48", []),
        (None, None, []),
        (0, 0, []),
        ("", 48, []),
        ([64], 48, [DefectKind.BAD_ANNOTATION]),
        (-64, 48, [DefectKind.BAD_ANNOTATION]),
        (True, 48, [DefectKind.BAD_ANNOTATION]),
        (64.5, 48, [DefectKind.BAD_ANNOTATION]),
    ],
)
def test_a_size_that_is_none_is_said_and_the_image_has_its_own(
    width: Any, height: Any, kinds: list[DefectKind], tmp_path: Path
) -> None:
    record = [coco_image(1, "a.jpg", width=width, height=height)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", record))
    assert [defect.kind for defect in dataset.defects] == kinds
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]


@pytest.mark.parametrize("width", [1e308, 10**300, 48])
def test_a_size_that_is_not_the_images_drops_the_image(width: float, tmp_path: Path) -> None:
    root = images(tmp_path, "a.jpg", "b.jpg")
    records = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg", width=width)]
    dataset = read_dataset(coco_file(root / "c.json", records, [coco_box(1), coco_box(2)]))
    assert [defect.kind for defect in dataset.defects] == [DefectKind.SIZE_DIFFERS]
    assert [each[0] for each in boxes_of(dataset)] == ["a.jpg"]


def test_numbers_in_strings_and_floats_are_numbers(tmp_path: Path) -> None:
    boxes = [coco_box(bbox=["10", "8.5", "20", "2e1"]), coco_box(bbox=[10.25, 8.125, 20.5, 20.0])]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert [each[3] for each in boxes_of(dataset)] == [
        (10.0, 8.5, 30.0, 28.5), (10.25, 8.12, 30.75, 28.12),
    ]  # fmt: skip
    assert dataset.defects == ()


@pytest.mark.parametrize("number_as", [str, float, "0{}".format, " {} ".format, "{}.0".format])
def test_ids_match_as_json_has_them(number_as: Callable[[int], Any], tmp_path: Path) -> None:
    boxes = [coco_box(category_id=number_as(1)), coco_box(category_id=2)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert dataset.defects == ()
    assert [each[2] for each in boxes_of(dataset)] == ["cup", "fork"]
    is_told = "with the category's id in another form" in notes_of(dataset)
    assert is_told == (number_as is not float)


SETS_OF_IDS: list[tuple[list[Any], list[Any], list[str], dict[str, int]]] = [
    (["1", "2"], [1, 2], ["cup", "fork"], {"cup": 1, "fork": 2}),
    (["7", 9], ["7", "9"], ["cup", "fork"], {"cup": 7, "fork": 9}),
    (["x", "y"], ["y", "x"], ["fork", "cup"], {}),
    (["x", 5], ["5", "x"], ["fork", "cup"], {"fork": 5}),
    ([1, 2], ["fork", "cup"], ["fork", "cup"], {"cup": 1, "fork": 2}),
    # Two ids of one number are told apart as they are written.
    ([1, "1"], ["1", 1], ["fork", "cup"], {"cup": 1}),
    ([0, 1], ["00", "1"], ["cup", "fork"], {"cup": 0, "fork": 1}),
]


@pytest.mark.parametrize(("ids", "used", "labels", "kept"), SETS_OF_IDS)
def test_categories_have_ids_of_any_type(
    ids: list[Any], used: list[Any], labels: list[str], kept: dict[str, int], tmp_path: Path
) -> None:
    content = {
        "images": [coco_image(1, "a.jpg")],
        "annotations": [coco_box(category_id=each, id=at) for at, each in enumerate(used)],
        "categories": [{"id": each, "name": name}
                       for each, name in zip(ids, ("cup", "fork"), strict=True)],
    }  # fmt: skip
    file = images(tmp_path, "a.jpg") / "c.json"
    file.write_text(json.dumps(content))
    dataset = read_dataset(file)
    assert dataset.defects == ()
    assert [each.label for each in dataset.images[0].objects] == labels
    assert dataset.category_ids == kept
    assert ("were numbered" in notes_of(dataset)) == (len(kept) < 2)


@pytest.mark.parametrize(
    ("ids", "used"),
    [(["1", "2"], [1, 2]), ([1, 2], ["001", "002"]), ([0, 1], ["0", "1.0"]),
     ([5, 6], ["a.jpg", "b.jpg"]), ([5, 6], ["a", "b"]), (["1", 1], ["1", 1])],
)  # fmt: skip
def test_images_have_ids_of_any_type_and_keep_them(
    ids: list[Any], used: list[Any], tmp_path: Path
) -> None:
    records = [coco_image(each, name) for each, name in zip(ids, ("a.jpg", "b.jpg"), strict=True)]
    boxes = [coco_box(used[0]), coco_box(used[1], category_id=2, id=2)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg", "b.jpg") / "c.json", records, boxes))
    assert dataset.defects == ()
    assert [(each[0], each[2]) for each in boxes_of(dataset)] == [
        ("a.jpg", "cup"), ("b.jpg", "fork")
    ]  # fmt: skip
    assert [image.image_id for image in dataset.images] == ids
    assert ("with the image's" in notes_of(dataset)) == (ids != used)


@pytest.mark.parametrize(
    ("given", "said"),
    [(None, "category_id is null"), ("one", "category_id 'one', and no category has it"),
     (7, "category_id 7, and no category has it: there are 1 (cup), 2 (fork)")],
)  # fmt: skip
def test_a_category_that_is_none_is_told_with_those_there_are(
    given: Any, said: str, tmp_path: Path
) -> None:
    file = coco_file(
        images(tmp_path, "a.jpg") / "c.json", annotations=[coco_box(category_id=given)]
    )
    (defect,) = read_dataset(file).defects
    assert said in defect.message


def test_a_size_that_no_turning_gives_is_not_read(tmp_path: Path) -> None:
    image_file(tmp_path / "images" / "a.jpg", orientation=6)
    image_file(tmp_path / "images" / "b.jpg")
    records = [coco_image(1, "a.jpg", width=50, height=50), coco_image(2, "b.jpg")]
    coco_file(tmp_path / "c.json", records, [coco_box(1), coco_box(2)])
    dataset = read_dataset(tmp_path)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.SIZE_DIFFERS
    assert "EXIF turns the image" in defect.message
    assert [image.name for image in dataset.images] == ["b.jpg"]


def test_a_frame_that_is_turned_as_exif_says_is_right(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg", orientation=6)
    coco_file(tmp_path / "c.json", [coco_image(1, "a.jpg", width=48, height=64)])
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert (dataset.images[0].width, dataset.images[0].height) == (48, 64)


def test_boxes_of_an_image_that_was_scaled_are_scaled(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg", (128, 96))
    dataset = read_dataset(coco_file(tmp_path / "c.json"))
    assert [defect.repair for defect in dataset.defects] == ["boxes scaled"]
    assert boxes_of(dataset)[0][3] == (20, 16, 60, 56)


def test_hair_thin_boxes_are_defects_and_the_smallest_side_comes_back(tmp_path: Path) -> None:
    sides = [0.0001, 1e-9, 0.01, 20]
    boxes = [coco_box(bbox=[10, 8, side, 20], id=number) for number, side in enumerate(sides)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert [defect.kind for defect in dataset.defects] == [DefectKind.BOX_EMPTY] * 2
    assert dataset.object_count == 2
    for name in ("tfrecord", "voc", "kitti", "yolo", "coco"):
        write_dataset(dataset, tmp_path / name, name)
        again = read_dataset(tmp_path / name)
        assert (again.object_count, again.defects) == (2, ()), name


def test_shares_in_the_place_of_pixels_are_said_to_look_like_it(tmp_path: Path) -> None:
    boxes = [coco_box(bbox=[0.15625, 0.166667, 0.3125, 0.416667]),
             coco_box(bbox=[0.5, 0.5, 0.2, 0.2])]  # fmt: skip
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert dataset.object_count == 0
    assert all("looks like shares" in defect.message for defect in dataset.defects)
    assert len(dataset.defects) == 2


def test_a_box_of_the_first_pixel_is_not_a_share(tmp_path: Path) -> None:
    boxes = [coco_box(bbox=[0, 0, 1, 1]), coco_box()]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert (dataset.object_count, dataset.defects) == (2, ())


def test_corners_in_the_place_of_a_size_are_said_to_look_like_it(tmp_path: Path) -> None:
    boxes = [coco_box(bbox=[40, 30, 60, 44]), coco_box(bbox=[5, 5, 20, 20])]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert "read as [x_min, y_min, x_max, y_max] it would lie inside" in dataset.defects[0].message
    form = dataset.defects[-1]
    assert (form.kind, form.option) == (DefectKind.BOX_FORM, "--boxes xyxy")
    assert "2 of 2 boxes lie inside" in form.message
    assert "1 of these do not as read" in form.message


RUN_LENGTHS = {"size": [48, 64], "counts": [488, 20, 2564]}


def test_masks_that_are_all_crowds_are_said_and_can_be_taken_as_single(tmp_path: Path) -> None:
    box = coco_box(iscrowd=1, segmentation=RUN_LENGTHS)
    file = coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=[box])
    as_it_is = read_dataset(file)
    assert as_it_is.images[0].objects[0].crowd
    assert "--crowd-as-single" in notes_of(as_it_is)
    single = read_dataset(file, None, ReadOptions(crowd_as_single=True))
    assert not single.images[0].objects[0].crowd
    assert single.images[0].objects[0].has_mask


def test_some_crowds_among_masks_are_nothing_to_say(tmp_path: Path) -> None:
    boxes = [coco_box(iscrowd=crowd, segmentation=RUN_LENGTHS) for crowd in (0, 1)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert "as a crowd" not in notes_of(dataset)


@pytest.mark.parametrize("segmentation", [[], [[]], None, [[], []]])
def test_an_empty_polygon_is_none(segmentation: Any, tmp_path: Path) -> None:
    boxes = [coco_box(segmentation=segmentation)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert (dataset.object_count, dataset.defects) == (1, ())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_json_of_any_unicode_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    file = coco_file(images(tmp_path, "a.jpg") / "c.json")
    file.write_bytes(file.read_text().encode(encoding))
    assert boxes_of(read_dataset(tmp_path)) == [("a.jpg", None, "cup", CUP_XYXY)]
