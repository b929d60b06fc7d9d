from pathlib import Path

import pytest

from tests.support.shared import shared
from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

GESTURES = ReadOptions(classes=("five", "four", "one", "three", "two"))


def a_folder(tmp_path: Path, labels: str, description: str | None = "names: [cat, dog]") -> Path:
    image_file(tmp_path / "train" / "images", "a.jpg")
    (tmp_path / "train" / "labels").mkdir()
    (tmp_path / "train" / "labels" / "a.txt").write_text(labels)
    if description is not None:
        (tmp_path / "data.yaml").write_text(description)
    return tmp_path


@pytest.mark.parametrize(
    "description",
    [
        "names: [cat, dog]",
        "names:\n  0: cat\n  1: dog",
        "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['cat', 'dog']",
        "path: .\ntrain: train/images\nnames: [cat, dog]",
    ],
)
def test_a_description_in_any_of_its_forms(description: str, tmp_path: Path) -> None:
    dataset = read_dataset(a_folder(tmp_path, "1 0.5 0.25 0.5 0.25", description))
    image = dataset.images[0]
    assert (image.name, image.split) == ("a.jpg", "train")
    assert image.objects[0].label == "dog"
    assert image.objects[0].box_yxyx == (0.125, 0.25, 0.375, 0.75)
    assert dataset.class_names == ("cat", "dog")


def test_numbers_without_names_ask_for_them(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="give the classes' names"):
        read_dataset(a_folder(tmp_path, "0 0.5 0.5 1 1", None))


def test_a_list_of_classes_will_do(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "1 0.5 0.5 1 1", None)
    (folder / "classes.txt").write_text("cat\ndog\n")
    assert read_dataset(folder).images[0].objects[0].label == "dog"


def test_an_image_without_labels_has_no_objects(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "")
    image_file(folder / "train" / "images", "b.jpg")
    assert [len(image.objects) for image in read_dataset(folder).images] == [0, 0]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("2 0.5 0.5 1 1", DefectKind.UNKNOWN_CLASS),
        ("0.5 0.5 0.5 1 1", DefectKind.UNKNOWN_CLASS),
        ("cat 0.5 0.5 1 1", DefectKind.BAD_ANNOTATION),
        ("0 0.5 0.5 1", DefectKind.BAD_ANNOTATION),
        ("0 0.5 inf 1 1", DefectKind.BAD_ANNOTATION),
        ("0 0.5 0.5 0 1", DefectKind.BOX_EMPTY),
        ("0 0.9 0.5 0.5 1", DefectKind.BOX_OUTSIDE),
    ],
)
def test_a_bad_line_is_named(line: str, kind: DefectKind, tmp_path: Path) -> None:
    (defect,) = read_dataset(a_folder(tmp_path, f"0 0.5 0.5 1 1\n{line}\n")).defects
    assert defect.kind == kind
    assert defect.where == f"{tmp_path}/train/labels/a.txt, line 2"


def test_labels_without_an_image_are_a_defect(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "0 0.5 0.5 1 1")
    (folder / "train" / "labels" / "gone.txt").write_text("")
    (defect,) = read_dataset(folder).defects
    assert (defect.kind, "gone.txt" in defect.where) == (DefectKind.MISSING_IMAGE, True)


def test_gestures_are_what_their_readme_says() -> None:
    dataset = read_dataset(shared("data/gestures_yolo"), None, GESTURES)
    assert {split: len(dataset.of_split(split)) for split in dataset.splits} == {
        "train": 587, "val": 167, "test": 85,
    }  # fmt: skip
    assert dataset.class_names == GESTURES.classes
    assert dataset.defects == ()
