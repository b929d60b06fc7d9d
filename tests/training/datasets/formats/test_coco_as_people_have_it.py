"""COCO as tools export it and people keep it: what is read, what is said, what is a defect."""

import json
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
from training.datasets.defects import DatasetError, DefectKind, NothingRead
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset

ROBOFLOW = "_annotations.coco.json"


def two_splits(root: Path, train: dict[str, Any], valid: dict[str, Any]) -> Path:
    for name, content in (("train", train), ("valid", valid)):
        coco_file(root / name / ROBOFLOW, [coco_image(0, "a.jpg")], **content)
        image_file(root / name / "a.jpg")
    return root


def category(number: int, name: str, parent: str = "none") -> dict[str, Any]:
    return {"id": number, "name": name, "supercategory": parent}


def test_an_unused_double_of_a_class_is_dropped(tmp_path: Path) -> None:
    content = {
        "annotations": [coco_box(0, 1)],
        "categories": [category(0, "brick"), category(1, "brick", "brick")],
    }
    dataset = read_dataset(two_splits(tmp_path, content, content))
    assert dataset.class_ids == dataset.category_ids == {"brick": 1}
    assert [each[1:] for each in boxes_of(dataset)] == [
        ("train", "brick", CUP_XYXY), ("val", "brick", CUP_XYXY),
    ]  # fmt: skip
    assert dataset.defects == ()
    assert "the category 'brick' comes twice" in notes_of(dataset)


def test_two_used_categories_of_one_name_are_refused_with_their_ids(tmp_path: Path) -> None:
    file = coco_file(
        images(tmp_path, "a.jpg") / "c.json",
        annotations=[coco_box(category_id=3), coco_box(category_id=4)],
        categories=[category(3, "brick"), category(4, "brick")],
    )
    with pytest.raises(DatasetError, match=r"'brick' comes twice, .* 3 and 4"):
        read_dataset(file)


def test_a_class_that_one_split_alone_uses_is_a_class_of_both(tmp_path: Path) -> None:
    categories = [category(0, "cutlery"), category(1, "fork", "cutlery")]
    dataset = read_dataset(two_splits(
        tmp_path,
        {"annotations": [coco_box(0, 1)], "categories": categories},
        {"annotations": [coco_box(0, 0)], "categories": categories},
    ))  # fmt: skip
    assert [each[1:3] for each in boxes_of(dataset)] == [("train", "fork"), ("val", "cutlery")]
    assert dataset.category_ids == {"cutlery": 0, "fork": 1}
    assert dataset.class_ids == {"cutlery": 1, "fork": 2}


def test_splits_that_number_their_classes_otherwise_come_together_by_name(tmp_path: Path) -> None:
    dataset = read_dataset(two_splits(
        tmp_path,
        {"annotations": [coco_box(0, 1)], "categories": [category(1, "cup"), category(2, "fork")]},
        {"annotations": [coco_box(0, 1)], "categories": [category(1, "fork"), category(2, "cup")]},
    ))  # fmt: skip
    assert [each[1:3] for each in boxes_of(dataset)] == [("train", "cup"), ("val", "fork")]
    assert dataset.category_ids == {}
    assert "number the classes differently" in notes_of(dataset)


def test_ids_of_the_files_are_kept_beside_ours(tmp_path: Path) -> None:
    categories = [category(0, "zero"), category(7, "seven")]
    boxes = [coco_box(category_id=7)]
    dataset = read_dataset(
        coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes, categories=categories)
    )
    assert dataset.category_ids == {"zero": 0, "seven": 7}
    assert dataset.class_ids == {"zero": 1, "seven": 2}


def test_annotations_of_an_id_that_two_images_have_are_given_to_none(tmp_path: Path) -> None:
    root = images(tmp_path, "images/front.png", "images/rear.png", "images/c.jpg")
    records = [coco_image(7, "front.png"), coco_image(7, "rear.png"), coco_image(8, "c.jpg")]
    coco_file(root / "a.json", records, [coco_box(7), coco_box(7, 2), coco_box(8)])
    dataset = read_dataset(root)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.REPEATED_ID
    assert "'front.png', 'rear.png'" in defect.message
    assert "its 2 annotations" in defect.message
    assert boxes_of(dataset) == [("c.jpg", None, "cup", CUP_XYXY)]


def test_an_id_that_two_categories_have_means_neither(tmp_path: Path) -> None:
    dataset = read_dataset(coco_file(
        images(tmp_path, "a.jpg") / "c.json",
        annotations=[coco_box(category_id=1), coco_box(category_id=2)],
        categories=[category(1, "cup"), category(1, "fork"), category(2, "spoon")],
    ))  # fmt: skip
    assert [each[2] for each in boxes_of(dataset)] == ["spoon"]
    assert [defect.kind for defect in dataset.defects] == [DefectKind.UNKNOWN_CLASS] * 2


def test_of_cocos_own_folder_the_instances_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    root = images(tmp_path, "val2017/000000000001.jpg", "train2017/000000000002.jpg")
    for split, number in (("val2017", 1), ("train2017", 2)):
        record = [coco_image(number, f"{number:012}.jpg")]
        folder = root / "annotations"
        coco_file(folder / f"instances_{split}.json", record, [coco_box(number)])
        points = coco_box(number, keypoints=[12, 10, 2])
        people = [{"id": 1, "name": "person", "keypoints": ["nose"]}]
        coco_file(folder / f"person_keypoints_{split}.json", record, [points], people)
        caption = {"id": 1, "image_id": number, "caption": "a cup"}
        (folder / f"captions_{split}.json").write_text(
            json.dumps({"images": record, "annotations": [caption]})
        )
    dataset = read_dataset(root)
    assert boxes_of(dataset) == [
        ("000000000001.jpg", "val", "cup", CUP_XYXY),
        ("000000000002.jpg", "train", "cup", CUP_XYXY),
    ]
    for name in ("captions_val2017", "person_keypoints_val2017", "captions_train2017"):
        assert f"not read: annotations/{name}.json: passed over" in notes_of(dataset)
    assert dataset.keypoint_names == ()


def test_captions_of_another_name_beside_boxes_are_passed_over(tmp_path: Path) -> None:
    root = images(tmp_path, "images/a.jpg")
    coco_file(root / "boxes.json")
    caption = {"id": 1, "image_id": 1, "caption": "a cup"}
    coco_file(root / "words.json", annotations=[caption])
    dataset = read_dataset(root)
    assert len(boxes_of(dataset)) == 1
    assert "words.json: it holds captions" in notes_of(dataset)


@pytest.mark.parametrize(
    ("annotations", "said", "there"),
    [
        ("annotations/instances_default.json", "a.jpg", "images/default/a.jpg"),
        ("annotations/instances_Train.json", "a.jpg", "images/Train/a.jpg"),
        ("result.json", "images\\1/a1b2-a.png", "images/a1b2-a.png"),
        ("result.json", "..\\..\\label-studio\\media\\upload\\4\\c.png", "images/c.png"),
        ("annotations.json", "https://host.example/d/b%20c.jpg", "images/b c.jpg"),
        ("annotations.json", "a.jpg", "images/a.JPG"),
        ("annotations.json", "b.jpg", "images/b.jpeg"),
        ("a/b/c/labels.json", "x.jpg", "photos/x.jpg"),
    ],
)
def test_an_image_is_found_where_tools_put_it(
    annotations: str, said: str, there: str, tmp_path: Path
) -> None:
    root = images(tmp_path, there)
    coco_file(root / annotations, [coco_image(1, said)])
    dataset = read_dataset(root)
    assert [each[2:] for each in boxes_of(dataset)] == [("cup", CUP_XYXY)]
    assert dataset.defects == ()


def test_one_url_longer_than_a_file_name_is_one_defect(tmp_path: Path) -> None:
    root = images(tmp_path, "images/a.jpg", "images/b.jpg")
    url = f"https://bucket.example/b.jpg?X-Sig={'0123456789abcdef' * 20}"
    coco_file(root / "c.json", [coco_image(1, "a.jpg"), coco_image(2, url)],
              [coco_box(1), coco_box(2)])  # fmt: skip
    dataset = read_dataset(root)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.MISSING_PICTURE
    assert len(defect.message) < 250


def test_two_names_that_one_file_would_serve_are_both_missing(tmp_path: Path) -> None:
    root = images(tmp_path, "images/0001.jpg", "images/x.jpg")
    names = ["cam1/0001.jpg", "cam2/0001.jpg", "x.jpg"]
    records = [coco_image(number, name) for number, name in enumerate(names)]
    coco_file(root / "c.json", records, [coco_box(number) for number in range(3)])
    dataset = read_dataset(root)
    assert [each[0] for each in boxes_of(dataset)] == ["x.jpg"]
    assert [defect.kind for defect in dataset.defects] == [DefectKind.MISSING_PICTURE] * 2


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


@pytest.mark.parametrize("number_as", [str, float])
def test_ids_match_as_json_has_them(number_as: type, tmp_path: Path) -> None:
    boxes = [coco_box(category_id=number_as(1)), coco_box(category_id=2)]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert len(dataset.defects) == (number_as is str)
    assert len(boxes_of(dataset)) == 2 - (number_as is str)


def test_an_image_that_exif_turns_is_not_read_with_a_frame_that_is_not_turned(
    tmp_path: Path,
) -> None:
    image_file(tmp_path / "images" / "a.jpg", orientation=6)
    image_file(tmp_path / "images" / "b.jpg")
    records = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg")]
    coco_file(tmp_path / "c.json", records, [coco_box(1), coco_box(2)])
    dataset = read_dataset(tmp_path)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.SIZE_DIFFERS
    assert "EXIF turns the image" in defect.message
    assert [picture.name for picture in dataset.pictures] == ["b.jpg"]


def test_a_frame_that_is_turned_as_exif_says_is_right(tmp_path: Path) -> None:
    image_file(tmp_path / "a.jpg", orientation=6)
    coco_file(tmp_path / "c.json", [coco_image(1, "a.jpg", width=48, height=64)])
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert (dataset.pictures[0].width, dataset.pictures[0].height) == (48, 64)


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
    assert "1 of 2 boxes would go beyond the image" in notes_of(dataset)


RUN_LENGTHS = {"size": [48, 64], "counts": [488, 20, 2564]}


def test_masks_that_are_all_crowds_are_said_and_can_be_taken_as_single(tmp_path: Path) -> None:
    box = coco_box(iscrowd=1, segmentation=RUN_LENGTHS)
    file = coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=[box])
    as_it_is = read_dataset(file)
    assert as_it_is.pictures[0].objects[0].crowd
    assert "--crowd-as-single" in notes_of(as_it_is)
    single = read_dataset(file, None, ReadOptions(crowd_as_single=True))
    assert not single.pictures[0].objects[0].crowd
    assert single.pictures[0].objects[0].has_mask


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


def test_an_image_without_a_suffix_gets_one_that_every_format_reads_back(tmp_path: Path) -> None:
    root = images(tmp_path, "images/no-suffix", "images/b.png")
    records = [coco_image(1, "no-suffix"), coco_image(2, "b.png")]
    coco_file(root / "c.json", records, [coco_box(1), coco_box(2)])
    dataset = read_dataset(root)
    assert [picture.name for picture in dataset.pictures] == ["no-suffix.jpg", "b.png"]
    for name in ("yolo", "kitti", "voc", "coco"):
        write_dataset(dataset, root / name, name)
        assert len(boxes_of(read_dataset(root / name))) == 2, name


def test_when_no_image_is_there_the_error_says_why_of_each(tmp_path: Path) -> None:
    with pytest.raises(NothingRead, match="no image could be read; 1 defect") as error:
        read_dataset(coco_file(tmp_path / "c.json"))
    assert f"{tmp_path}/a.jpg" in error.value.defects[0].message


def test_classes_can_be_had_where_the_images_are_not(tmp_path: Path) -> None:
    dataset = read_dataset(coco_file(tmp_path / "c.json"), None, ReadOptions(images_needed=False))
    assert dataset.class_names == ("cup", "fork")
    assert (dataset.object_count, dataset.defects) == (1, ())
    assert "1 image not there" in notes_of(dataset)


def test_the_images_nobody_annotated_and_other_files_are_in_the_account(tmp_path: Path) -> None:
    root = images(tmp_path, "images/a.jpg", "images/b.jpg")
    coco_file(root / "c.json")
    (root / "extra.csv").write_text("x\n")
    said = notes_of(read_dataset(root))
    assert "no annotation was read for 1 image: images/b.jpg" in said
    assert "1 .csv file: extra.csv" in said
    assert f"read: {root}/c.json: 1 image, 1 annotation" in said
