"""YOLO as Ultralytics, Roboflow, CVAT, Label Studio and LabelImg have it, and as it is moved."""

from pathlib import Path

import pytest
import yaml

from tests.support.annotated_folders import (
    CUP_XYXY,
    LINE,
    boxes_of,
    image_file,
    images,
    notes_of,
    text_file,
)
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind, NothingRead
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset, write_dataset

ONE_CUP = [("a.jpg", "train", "cup", CUP_XYXY)]


def a_set(root: Path, description: str | None, *pairs: tuple[str, str], line: str = LINE) -> Path:
    """An image and its label file for each pair of paths, and `data.yaml`."""
    for image, labels in pairs:
        image_file(root / image)
        text_file(root / labels, line)
    if description is not None:
        text_file(root / "data.yaml", description)
    return root


TRAIN = ("train/images/a.jpg", "train/labels/a.txt")
BELOW_IMAGES = ("images/train/a.jpg", "labels/train/a.txt")


def kinds(dataset: Dataset) -> list[DefectKind]:
    return [defect.kind for defect in dataset.defects]


@pytest.mark.parametrize(
    ("description", "listing", "line"),
    [
        ("path: ./\ntrain: train.txt\nnames: {0: cup}", "train.txt", "data/images/train/a.jpg"),
        ("path: .\ntrain: lists/train.txt\nnames: {0: cup}", "lists/train.txt",
         "images/train/a.jpg"),
        ("train: train.txt\nnames: [cup]", "train.txt",
         "/content/drive/MyDrive/set/images/train/a.jpg"),
        ("train: train.txt\nnames: [cup]", "train.txt", "C:\\sets\\x\\images\\train\\a.jpg"),
        ("train: train.txt\nnames: [cup]", "train.txt", "./images/train/a.jpg\n\n"),
        ("train: train.txt\nnames: [cup]", "train.txt", "a.jpg"),
    ],
)  # fmt: skip
def test_a_list_of_images_leads_to_them_wherever_it_was_written(
    description: str, listing: str, line: str, tmp_path: Path
) -> None:
    root = a_set(tmp_path, description, BELOW_IMAGES)
    text_file(root / listing, line)
    dataset = read_dataset(root)
    assert (boxes_of(dataset), dataset.defects) == (ONE_CUP, ())


def test_an_image_that_a_list_names_and_that_is_not_there_is_a_defect(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train.txt\nnames: [cup]", BELOW_IMAGES)
    text_file(root / "train.txt", "images/train/a.jpg\nimages/train/gone.jpg\n")
    (defect,) = read_dataset(root).defects
    assert defect.kind == DefectKind.MISSING_IMAGE
    assert defect.where == f"{root}/train.txt, line 2"


@pytest.mark.parametrize(
    "said",
    [
        "/content/drive/MyDrive/x/train/images", "../train/images", "D:\\x\\train\\images",
        "train/images/", "./train/images",
    ],
)  # fmt: skip
def test_a_split_is_found_where_the_set_is_now(said: str, tmp_path: Path) -> None:
    description = yaml.safe_dump({"train": said, "names": ["cup"]})
    dataset = read_dataset(a_set(tmp_path, description, TRAIN))
    assert (boxes_of(dataset), dataset.defects) == (ONE_CUP, ())


@pytest.mark.parametrize("path", ["/mnt/me/datasets/x", "../datasets/x", "x", ".", ""])
def test_the_folder_that_the_description_names_may_be_another_machines(
    path: str, tmp_path: Path
) -> None:
    description = f"path: {path}\ntrain: images/train\nnames: [cup]"
    dataset = read_dataset(a_set(tmp_path, description, BELOW_IMAGES))
    assert (boxes_of(dataset), dataset.defects) == (ONE_CUP, ())


def test_a_split_that_is_not_there_is_a_defect(tmp_path: Path) -> None:
    description = "train: ../train/images\nval: ../valid/images\ntest: [a, b]\nnames: ['cup']"
    dataset = read_dataset(a_set(tmp_path, description, TRAIN))
    assert kinds(dataset) == [DefectKind.MISSING_SPLIT] * 3
    assert dataset.defects[0].where == f"{tmp_path}/data.yaml, val"
    assert f"{tmp_path}/valid/images" in dataset.defects[0].message
    assert boxes_of(dataset) == ONE_CUP


def test_two_splits_that_would_come_to_one_folder_are_both_missing(tmp_path: Path) -> None:
    description = "train: /x/train/images\nval: /x/valid/images\nnames: [cup]"
    root = a_set(tmp_path, description, ("images/a.jpg", "labels/a.txt"))
    with pytest.raises(NothingRead) as error:
        read_dataset(root)
    assert [each.kind for each in error.value.defects] == [DefectKind.MISSING_SPLIT] * 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("{'0': cup, '1': fork}", ("cup", "fork")),
        ("{0: cup, 1: fork}", ("cup", "fork")),
        ("{1: fork, 0: cup}", ("cup", "fork")),
        ("[yes, no]", ("yes", "no")),
        ("[010, 0]", ("010", "0")),
        ("[1.0, 1e3]", ("1.0", "1e3")),
        ("[2024-01-01, ~]", ("2024-01-01", "~")),
        ("['null', on]", ("null", "on")),
        ("\n- cup\n- fork", ("cup", "fork")),
    ],
)
def test_names_are_what_is_written(names: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, f"train: train/images\nnames: {names}", TRAIN))
    assert dataset.class_names == expected
    assert dataset.category_ids == {name: number for number, name in enumerate(expected)}


@pytest.mark.parametrize("name", ["Classes.txt", "CLASSES.TXT", "classes.txt"])
def test_a_list_of_classes_may_be_in_capitals(name: str, tmp_path: Path) -> None:
    text_file(tmp_path / name, "cup\n")
    dataset = read_dataset(a_set(tmp_path, None, TRAIN))
    assert boxes_of(dataset) == ONE_CUP


@pytest.mark.parametrize("names", ["{0: cup, two: fork}", "cup", "[]", "[[cup]]", "{a: cup}",
                                   "{0: {}}", "[cup, cup]", "", "['']"])  # fmt: skip
def test_names_that_are_none_are_refused_in_a_sentence(names: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"names|twice|classes"):
        read_dataset(a_set(tmp_path, f"train: train/images\nnames: {names}", TRAIN))


def test_another_number_of_classes_than_names_is_said(tmp_path: Path) -> None:
    dataset = read_dataset(a_set(tmp_path, "train: train/images\nnc: 3\nnames: [cup]", TRAIN))
    assert "nc is 3, and there are 1 names" in notes_of(dataset)


@pytest.mark.parametrize(
    "files",
    [
        {"classes.txt": "cup\nfork"},
        {"labels/classes.txt": "cup\nfork\n"},
        {"classes.txt": "cup\nfork\n", "notes.json": '{"categories": [{"id": 0, "name": "cup"}]}'},
        {"obj.names": "cup\r\nfork\r\n", "obj.data": "classes = 2\nnames = data/obj.names"},
    ],
)
def test_a_list_of_classes_is_found(files: dict[str, str], tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("images/a.jpg", "labels/a.txt"))
    for name, text in files.items():
        text_file(root / name, text)
    dataset = read_dataset(root)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert dataset.class_names == ("cup", "fork")


def test_cvats_list_says_the_split_of_images_beside_their_labels(tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("obj_train_data/a.jpg", "obj_train_data/a.txt"))
    text_file(root / "obj.names", "cup\n")
    text_file(root / "train.txt", "data/obj_train_data/a.jpg\n")
    dataset = read_dataset(root)
    assert [each[1:] for each in boxes_of(dataset)] == [("train", "cup", CUP_XYXY)]


def test_chinese_names_of_classes_are_read_and_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, None, ("images/a.jpg", "labels/a.txt"))
    text_file(root / "classes.txt", "杯子\n叉子\n".encode("gbk"))
    dataset = read_dataset(root)
    assert dataset.class_names == ("杯子", "叉子")
    assert "taken as gb18030" in notes_of(dataset)


def test_a_set_in_which_no_image_has_labels_is_a_defect(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: ../train/images\nnames: ['cup']",
                 ("train/images/a.jpg", "train/labelTxt/a.txt"),
                 line="10.0 8.0 30.0 8.0 30.0 28.0 10.0 28.0 cup 0\n")  # fmt: skip
    dataset = read_dataset(root)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.NO_LABELS
    assert "train/labels/a.txt" in defect.message
    assert "train/labelTxt" in defect.message


def test_some_images_without_labels_are_said_and_all_with_empty_ones_are_nothing(
    tmp_path: Path,
) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN)
    images(root / "train" / "images", "b.jpg", "c.jpg")
    dataset = read_dataset(root)
    assert dataset.defects == ()
    assert "2 images without a label file taken as without objects" in notes_of(dataset)
    for name in ("a", "b", "c"):
        text_file(root / "train" / "labels" / f"{name}.txt", "")
    dataset = read_dataset(root)
    assert (len(dataset), dataset.object_count, dataset.defects) == (3, 0, ())
    assert "without a label file" not in notes_of(dataset)


@pytest.mark.parametrize("as_text", [False, True])
def test_a_folder_of_images_that_is_a_link_is_followed(as_text: bool, tmp_path: Path) -> None:
    images(tmp_path / "store", "a.jpg")
    text_file(tmp_path / "set" / "labels" / "a.txt", LINE)
    text_file(tmp_path / "set" / "classes.txt", "cup\n")
    link = tmp_path / "set" / "images"
    if as_text:
        link.write_text("../store")
    else:
        link.symlink_to("../store")
    dataset = read_dataset(tmp_path / "set")
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert dataset.defects == ()


def test_a_folder_images_above_the_set_is_none_of_it(tmp_path: Path) -> None:
    root = tmp_path / "images" / "set"
    a_set(root, "train: train/images\nnames: [cup]", TRAIN)
    for place in (root, tmp_path):
        assert boxes_of(read_dataset(place)) == ONE_CUP


def test_capital_letters_in_folders_and_suffixes_are_read(tmp_path: Path) -> None:
    pair = ("Train/Images/a.JPG", "Train/labels/a.txt")
    dataset = read_dataset(a_set(tmp_path, "train: Train/Images\nnames: [cup]", pair))
    assert [each[1:] for each in boxes_of(dataset)] == [("train", "cup", CUP_XYXY)]


def test_labels_beside_another_folder_of_images_are_found(tmp_path: Path) -> None:
    images(tmp_path / "photos", "a.jpg")
    text_file(tmp_path / "set" / "labels" / "a.txt", LINE)
    options = ReadOptions(classes=("cup",), images_dir=tmp_path / "photos")
    dataset = read_dataset(tmp_path / "set", "yolo", options)
    assert (len(boxes_of(dataset)), dataset.defects) == (1, ())


def test_an_image_that_exif_turns_has_its_upright_frame(tmp_path: Path) -> None:
    image_file(tmp_path / "train" / "images" / "a.jpg", orientation=6)
    text_file(tmp_path / "train" / "labels" / "a.txt", LINE)
    text_file(tmp_path / "data.yaml", "train: train/images\nnames: [cup]")
    dataset = read_dataset(tmp_path)
    assert (dataset.images[0].width, dataset.images[0].height) == (48, 64)
    write_dataset(dataset, tmp_path / "out", "coco")
    assert read_dataset(tmp_path / "out").defects == ()


def test_labels_in_other_letters_case_are_an_images_own(tmp_path: Path) -> None:
    pair = ("images/a.jpg", "labels/A.txt")
    dataset = read_dataset(a_set(tmp_path, "train: images\nnames: [cup]", pair))
    assert (boxes_of(dataset), dataset.defects) == (ONE_CUP, ())


def test_a_description_beside_the_sets_folder_finds_the_splits_in_it(tmp_path: Path) -> None:
    description = "path: ../datasets/coco8\ntrain: images/train\nnames: [cup]"
    pair = ("coco8/images/train/a.jpg", "coco8/labels/train/a.txt")
    dataset = read_dataset(a_set(tmp_path, description, pair))
    assert (boxes_of(dataset), dataset.defects) == (ONE_CUP, ())


@pytest.mark.parametrize(
    "description", ["names: [cup\n", "names: &a [*a]", "names: [cup]\nkpt_shape: [x, 2]", "names\n",
                    "- names\nnames", "names: !!python/object:os.system x"],
)  # fmt: skip
def test_a_broken_description_is_refused_in_one_line(description: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        read_dataset(a_set(tmp_path, description, TRAIN), "yolo")
    assert "data.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_of_several_sets_beside_each_other_none_is_read_for_all(tmp_path: Path) -> None:
    for name in ("first", "second"):
        a_set(tmp_path / name, "train: train/images\nnames: [cup]", TRAIN)
    with pytest.raises(DatasetError, match=r"2 data sets .* first/data.yaml, second/data.yaml"):
        read_dataset(tmp_path)
    assert boxes_of(read_dataset(tmp_path / "first" / "data.yaml")) == ONE_CUP


def test_a_second_description_below_or_beside_the_usual_one_is_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN)
    text_file(root / "local.yaml", "train: train/images\nnames: [fork]")
    dataset = read_dataset(root)
    assert boxes_of(dataset) == ONE_CUP
    assert "other descriptions than data.yaml, which was read: local.yaml" in notes_of(dataset)
