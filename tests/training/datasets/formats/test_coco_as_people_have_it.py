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
    assert defect.kind == DefectKind.MISSING_IMAGE
    assert len(defect.message) < 250


def test_two_names_that_one_file_would_serve_are_both_missing(tmp_path: Path) -> None:
    root = images(tmp_path, "images/0001.jpg", "images/x.jpg")
    names = ["cam1/0001.jpg", "cam2/0001.jpg", "x.jpg"]
    records = [coco_image(number, name) for number, name in enumerate(names)]
    coco_file(root / "c.json", records, [coco_box(number) for number in range(3)])
    dataset = read_dataset(root)
    assert [each[0] for each in boxes_of(dataset)] == ["x.jpg"]
    assert [defect.kind for defect in dataset.defects] == [DefectKind.MISSING_IMAGE] * 2


def test_an_image_without_a_suffix_gets_one_that_every_format_reads_back(tmp_path: Path) -> None:
    root = images(tmp_path, "images/no-suffix", "images/b.png")
    records = [coco_image(1, "no-suffix"), coco_image(2, "b.png")]
    coco_file(root / "c.json", records, [coco_box(1), coco_box(2)])
    dataset = read_dataset(root)
    assert [image.name for image in dataset.images] == ["no-suffix.jpg", "b.png"]
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


def test_an_annotation_is_taken_at_its_word_where_the_images_are_not_needed(
    tmp_path: Path,
) -> None:
    image_file(tmp_path / "a.jpg", orientation=6)
    dataset = read_dataset(coco_file(tmp_path / "c.json"), None, ReadOptions(images_needed=False))
    assert (boxes_of(dataset), dataset.defects) == ([("a.jpg", None, "cup", CUP_XYXY)], ())


def test_the_images_nobody_annotated_and_other_files_are_in_the_account(tmp_path: Path) -> None:
    root = images(tmp_path, "images/a.jpg", "images/b.jpg")
    coco_file(root / "c.json")
    (root / "extra.csv").write_text("x\n")
    said = notes_of(read_dataset(root))
    assert "no annotation was read for 1 image: images/b.jpg" in said
    assert "1 .csv file: extra.csv" in said
    assert f"read: {root}/c.json: 1 image, 1 annotation" in said


def test_images_beside_the_folder_of_a_file_that_is_named_itself_are_found(tmp_path: Path) -> None:
    images(tmp_path / "set", "images/a.jpg")
    dataset = read_dataset(coco_file(tmp_path / "set" / "boxes" / "c.json"))
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]


def test_an_image_of_another_set_beside_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    images(tmp_path, "other/images/a.jpg", "mine/b.jpg")
    records = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg")]
    dataset = read_dataset(coco_file(tmp_path / "mine" / "c.json", records))
    assert [defect.kind for defect in dataset.defects] == [DefectKind.MISSING_IMAGE]


def test_lvis_names_its_images_by_their_addresses_alone(tmp_path: Path) -> None:
    folder = images(tmp_path / "train2017", "a.jpg").parent
    path = coco_file(folder / "lvis_v1_train.json")
    content = json.loads(path.read_text())
    for image in content["images"]:
        name = image.pop("file_name")
        image["coco_url"] = f"http://images.cocodataset.org/train2017/{name}"
    path.write_text(json.dumps(content))
    dataset = read_dataset(tmp_path)
    assert (dataset.defects, dataset.images[0].split) == ((), "train")
    assert dataset.object_count == len(content["annotations"])


@pytest.mark.parametrize(
    ("categories", "used", "said"),
    [
        ([1, 2], [0, 1], "look numbered from 0, and the categories are from 1"),
        ([0, 1], [1, 2], "look numbered from 1, and the categories are from 0"),
        ([1, 2], [1, 2], ""),
        ([1, 2], [0, 1, 2], ""),
        ([1, 2], [1, 9], ""),
    ],
)
def test_annotations_that_are_numbered_otherwise_than_categories_are_told(
    categories: list[int], used: list[int], said: str, tmp_path: Path
) -> None:
    path = coco_file(images(tmp_path, "a.jpg") / "c.json",
                     annotations=[coco_box(category_id=number) for number in used])  # fmt: skip
    content = json.loads(path.read_text())
    content["categories"] = [category(number, f"class {number}") for number in categories]
    path.write_text(json.dumps(content))
    dataset = read_dataset(path)
    doubts = [each for each in dataset.defects if each.kind == DefectKind.CLASS_NUMBERS]
    assert [said in doubt.message for doubt in doubts] == ([True] if said else [])
    if doubts:
        asked = ReadOptions(first_class=min(used))
        counted = read_dataset(path, None, asked)
        assert (counted.defects, doubts[0].option) == ((), f"--first-class {min(used)}")
        assert {each[2] for each in boxes_of(counted)} == {f"class {each}" for each in categories}
