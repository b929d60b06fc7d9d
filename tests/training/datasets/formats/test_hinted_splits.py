"""Splits that no annotation says, but the folders of the images do, or lists of images beside."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.annotated_folders import coco_file, coco_image, images, notes_of, text_file
from tests.training.datasets.formats.flat_annotations import BY_FORMAT, WITH_PATHS, coco, voc
from training.datasets.dataset import Dataset
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import WRITABLE, detect, read_dataset, write_dataset

IMAGES = {"a.jpg": "train", "b.jpg": "train", "c.jpg": "val", "d.jpg": "test"}
TAKEN = "taken as: splits by the folders of the images: 2 train, 1 val, 1 test"
FLAT = [f"images/{name}" for name in IMAGES]


def placed(layout: str, **called: str) -> list[str]:
    """The images' paths, `layout` having `{split}`, which is called as given."""
    return [f"{layout.format(split=called.get(split, split))}/{name}"
            for name, split in IMAGES.items()]  # fmt: skip


def splits_of(dataset: Dataset) -> dict[str, str | None]:
    assert dataset.defects == ()
    return {each.name: each.split for each in dataset.images}


def listed(root: Path, folder: str, ending: str = "\n", **called: str) -> None:
    """Lists of the images, each image with `ending`."""
    for split in ("train", "val", "test"):
        lines = "".join(f"{name.removesuffix('.jpg')}{ending}"
                        for name, own in IMAGES.items() if own == split)  # fmt: skip
        text_file(root / folder / f"{called.get(split, split)}.txt", lines)


@pytest.mark.parametrize("layout", ["images/{split}", "{split}", "data/images/{split}",
                                    "{split}/images"])  # fmt: skip
@pytest.mark.parametrize("name", BY_FORMAT)
def test_bare_names_get_the_split_of_their_images_folder(
    name: str, layout: str, tmp_path: Path
) -> None:
    images(tmp_path, *placed(layout, val="valid"))
    BY_FORMAT[name](tmp_path, list(IMAGES))
    dataset = read_dataset(tmp_path)
    assert detect(tmp_path).name == name
    assert {Path(each).name: split for each, split in splits_of(dataset).items()} == IMAGES
    # YOLO's folders of images are its splits, with or without a description.
    assert name == "yolo" or TAKEN in notes_of(dataset)


@pytest.mark.parametrize("root", ["", "images", "imgs"])
@pytest.mark.parametrize("name", WITH_PATHS)
def test_a_path_that_names_the_split_is_no_part_of_the_name(
    name: str, root: str, tmp_path: Path
) -> None:
    images(tmp_path / root, *placed("{split}"))
    BY_FORMAT[name](tmp_path, placed("{split}"))
    assert splits_of(read_dataset(tmp_path)) == IMAGES


@pytest.mark.parametrize("said", ["{split}", "/mnt/disk/test/{split}", r"D:\set\{split}\x"])
@pytest.mark.parametrize("name", WITH_PATHS)
def test_paths_that_name_splits_count_where_the_images_lie_in_one_folder(
    name: str, said: str, tmp_path: Path
) -> None:
    images(tmp_path, *FLAT)
    BY_FORMAT[name](tmp_path, [path.replace("\\", "/" if name != "coco" else "\\")
                               for path in placed(said)])  # fmt: skip
    assert splits_of(read_dataset(tmp_path)) == IMAGES


@pytest.mark.parametrize(
    "called",
    [
        {"train": "Training", "val": "VALIDATION", "test": "Testing"},
        {"train": "train2017", "val": "dev", "test": "TEST"},
        {"train": "train_images", "val": "val-images", "test": "TestImages"},
        {"train": "trainset", "val": "validation set", "test": "images_test"},
        {"train": "Train_2019", "val": "eval", "test": "test images"},
    ],
)
@pytest.mark.parametrize("name", ["coco", "voc"])
def test_folders_of_splits_are_known_by_many_names(
    name: str, called: dict[str, str], tmp_path: Path
) -> None:
    images(tmp_path, *placed("images/{split}", **called))
    BY_FORMAT[name](tmp_path, list(IMAGES))
    assert splits_of(read_dataset(tmp_path)) == IMAGES


@pytest.mark.parametrize("name", ["coco", "csv"])
@pytest.mark.parametrize("called", [
    {"train": "cam1", "val": "cam2"}, {"train": ".", "val": "."},
    {"train": "test_1", "val": "test_2"},
])  # fmt: skip
def test_one_folder_called_like_a_split_beside_others_is_told_and_not_taken(
    name: str, called: dict[str, str], tmp_path: Path
) -> None:
    images(tmp_path, *placed("images/{split}", **called))
    BY_FORMAT[name](tmp_path, list(IMAGES))
    dataset = read_dataset(tmp_path)
    assert dataset.splits == (None,)
    told = "no split: 1 image in a folder called like test, and 3 in none that is called like a"
    assert told in notes_of(dataset)


def test_images_beside_two_splits_are_counted_as_without_one(tmp_path: Path) -> None:
    images(tmp_path, *placed("images/{split}", val="extra"))
    coco(tmp_path, list(IMAGES))
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == {**IMAGES, "c.jpg": None}
    assert "the folders of the images: 2 train, 1 test, 1 without" in notes_of(dataset)


@pytest.mark.parametrize("split", ["train", "test"])
def test_all_images_in_one_folder_of_a_split_are_of_it(split: str, tmp_path: Path) -> None:
    images(tmp_path, *(f"{split}/{name}" for name in IMAGES))
    coco(tmp_path, list(IMAGES))
    assert read_dataset(tmp_path).splits == (split,)


@pytest.mark.parametrize("name", WITH_PATHS)
def test_folders_above_the_data_set_are_no_splits(name: str, tmp_path: Path) -> None:
    root = tmp_path / "test" / "set"
    images(root, *FLAT)
    BY_FORMAT[name](root, [f"/mnt/disk/test/{path}" for path in FLAT])
    assert read_dataset(root).splits == (None,)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_a_folder_around_folders_of_splits_is_none(name: str, tmp_path: Path) -> None:
    images(tmp_path / "test", *placed("images/{split}"))
    BY_FORMAT[name](tmp_path / "test", list(IMAGES))
    found = splits_of(read_dataset(tmp_path))
    assert {Path(each).name: split for each, split in found.items()} == IMAGES


@pytest.mark.parametrize("name", WITH_PATHS)
def test_a_single_split_counts_that_every_path_names_from_the_data_set(
    name: str, tmp_path: Path
) -> None:
    images(tmp_path, *FLAT)
    BY_FORMAT[name](tmp_path, [f"train/{each}" for each in IMAGES])
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == dict.fromkeys(IMAGES, "train")


def test_folders_below_that_of_images_count_and_not_its_own(tmp_path: Path) -> None:
    coco(tmp_path / "set", list(IMAGES))
    elsewhere = tmp_path / "test"
    images(elsewhere, *placed("{split}"))
    options = ReadOptions(images_dir=elsewhere)
    assert splits_of(read_dataset(tmp_path / "set", None, options)) == IMAGES
    coco(tmp_path / "other", ["d.jpg"])
    options = ReadOptions(images_dir=elsewhere / "test")
    assert read_dataset(tmp_path / "other", None, options).splits == (None,)


def test_another_machines_only_split_is_none_beside_an_annotations_own(tmp_path: Path) -> None:
    images(tmp_path, "images/a.jpg", "images/b.jpg")
    coco_file(tmp_path / "instances_train.json", [coco_image(1, "a.jpg")])
    coco_file(tmp_path / "more.json", [coco_image(1, "/mnt/disk/test/b.jpg")])
    assert [each.split for each in read_dataset(tmp_path).images] == ["train", None]


def test_images_in_no_list_are_counted(tmp_path: Path) -> None:
    images(tmp_path, *FLAT)
    coco(tmp_path, list(IMAGES))
    text_file(tmp_path / "train.txt", "a\nb\n")
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == {**dict.fromkeys(IMAGES), "a.jpg": "train", "b.jpg": "train"}
    assert "by the lists of images train.txt: 2 train, 2 without" in notes_of(dataset)


def test_an_annotations_own_split_goes_first_and_the_other_is_told(tmp_path: Path) -> None:
    images(tmp_path, "images/train/a.jpg", "images/val/b.jpg")
    coco_file(tmp_path / "annotations" / "instances_val.json", [coco_image(1, "a.jpg")])
    coco_file(tmp_path / "annotations" / "instances_train.json", [coco_image(1, "b.jpg")])
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == {"a.jpg": "val", "b.jpg": "train"}
    assert ("odd: 1 image of another split by the annotations, which counts, in a folder called "
            "like train: a.jpg (val)") in notes_of(dataset)  # fmt: skip


def test_one_bare_name_in_two_folders_of_splits_is_an_error_that_names_both(
    tmp_path: Path,
) -> None:
    images(tmp_path, "images/train/a.jpg", "images/test/a.jpg", "images/test/b.jpg")
    coco(tmp_path, ["a.jpg", "b.jpg"])
    dataset = read_dataset(tmp_path)
    (defect,) = dataset.defects
    assert defect.kind == DefectKind.MISSING_IMAGE
    assert "images/test/a.jpg, images/train/a.jpg are of that name" in defect.message


@pytest.mark.parametrize("name", ["coco", "voc", "labelme", "csv", "kitti"])
@pytest.mark.parametrize(
    ("folder", "ending"),
    [
        ("", "\n"), ("", ".jpg\n"), ("splits", "\r\n"), ("lists", " 1 -1\n"),
        ("ImageSets/Main", "\n"), ("ImageSets", "\n"), ("images", ".jpg\r\n"),
    ],
)  # fmt: skip
def test_lists_of_images_are_splits(name: str, folder: str, ending: str, tmp_path: Path) -> None:
    images(tmp_path, *FLAT)
    BY_FORMAT[name](tmp_path, list(IMAGES))
    listed(tmp_path, folder, ending, val="valid_list")
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == IMAGES
    # VOC's own lists are read by its reader, which need not say so.
    own = name == "voc" and folder.endswith("Main")
    assert own or "splits by the lists of images " in notes_of(dataset)
    assert "not read" not in notes_of(dataset)


@pytest.mark.parametrize("line", ["images/{}", "./images/{}", "/content/set/images/{}",
                                  r"D:\set\images\{}", "set/images/{} 1"])  # fmt: skip
def test_lines_of_lists_may_be_paths_of_another_machine(line: str, tmp_path: Path) -> None:
    images(tmp_path, "images/a.jpg", "images/b.jpg", "other/a.jpg")
    coco(tmp_path, ["images/a.jpg", "images/b.jpg", "other/a.jpg"])
    text_file(tmp_path / "train.txt", "# of all\n" + line.format("a.jpg") + "\n")
    text_file(tmp_path / "test.txt", line.format("b.jpg") + "\n" + "other/a.jpg\n")
    dataset = read_dataset(tmp_path)
    assert [each.split for each in dataset.images] == ["train", "test", "test"]


def test_lists_go_before_folders_and_contradictions_are_told(tmp_path: Path) -> None:
    images(tmp_path, *placed("images/{split}"))
    coco(tmp_path, list(IMAGES))
    text_file(tmp_path / "train.txt", "a\nc\n")
    text_file(tmp_path / "val.txt", "c\n")
    dataset = read_dataset(tmp_path)
    assert splits_of(dataset) == IMAGES
    told = notes_of(dataset)
    assert "by the lists of images train.txt, val.txt: 1 train, 1 val" in told
    assert "splits by the folders of the images: 1 train, 1 test" in told
    assert "1 image in the lists of several splits" in told
    text_file(tmp_path / "val.txt", "a\n")
    assert splits_of(read_dataset(tmp_path)) == {**IMAGES, "c.jpg": "train"}


@pytest.mark.parametrize("text", ["epoch 1\nepoch 2\n", "a 0.5 0.25\nb 0.5 0.25\n", "", "x\ny\n"])
def test_a_text_that_lists_no_images_is_none(text: str, tmp_path: Path) -> None:
    images(tmp_path, *FLAT)
    coco(tmp_path, list(IMAGES))
    text_file(tmp_path / "train.txt", text)
    dataset = read_dataset(tmp_path)
    assert dataset.splits == (None,)
    assert "not read: 1 .txt file: train.txt" in notes_of(dataset)


def oxford_pets(root: Path, names: Sequence[str], *tested: str) -> Path:
    images(root, *(f"images/{name}.jpg" for name in (*names, *tested)))
    images(root, *(f"annotations/trimaps/{name}.png" for name in (*names, *tested)))
    voc(root, [f"{name}.jpg" for name in (*names, tested[0])])
    for list_name, of in (("trainval", names), ("test", tested), ("list", (*names, *tested))):
        text_file(root / "annotations" / f"{list_name}.txt", "".join(f"{n} 1 1 1\n" for n in of))
    return root


def test_oxford_pets_come_with_their_lists_and_without_their_trimaps(tmp_path: Path) -> None:
    root = oxford_pets(tmp_path, ["Abyssinian_1", "beagle_1"], "Abyssinian_2", "beagle_2")
    dataset = read_dataset(root)
    assert splits_of(dataset) == {
        "Abyssinian_1.jpg": "train", "beagle_1.jpg": "train", "Abyssinian_2.jpg": "test",
    }  # fmt: skip
    told = notes_of(dataset)
    assert "2 train, 1 test; trainval as train, since no list divides it" in told
    assert "no annotation was read for 1 image: images/beagle_2.jpg" in told
    assert "4 masks of images: annotations/trimaps/Abyssinian_1.png" in told


def test_trainval_says_nothing_where_others_divide_it(tmp_path: Path) -> None:
    images(tmp_path, *FLAT)
    coco(tmp_path, list(IMAGES))
    listed(tmp_path, "lists")
    text_file(tmp_path / "lists" / "trainval.txt", "a\nb\nc\n")
    assert splits_of(read_dataset(tmp_path)) == IMAGES


@pytest.mark.parametrize("written", WRITABLE)
def test_splits_by_folders_are_kept_by_every_format_that_is_written(
    written: str, tmp_path: Path
) -> None:
    images(tmp_path / "set", *placed("{split}"))
    coco(tmp_path / "set", placed("{split}"))
    write_dataset(read_dataset(tmp_path / "set"), tmp_path / "out", written)
    dataset = read_dataset(tmp_path / "out")
    assert splits_of(dataset) == IMAGES
    assert "another split" not in notes_of(dataset)
