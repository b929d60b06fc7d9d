"""Open Images' CSV of boxes. Images are 48x32 pixels."""

from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.registry import detect, read_dataset

HEADER = ("ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
          "IsGroupOf,IsDepiction,IsInside")  # fmt: skip
CUP = "0001,xclick,/m/0cmf2,1,0.125,0.5,0.25,0.75,0,0,0,0,0"


def a_set(folder: Path, *rows: str, name: str = "train-annotations-bbox.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([HEADER, *rows]) + "\n")
    return folder


@pytest.mark.parametrize(
    ("name", "header"),
    [("class-descriptions-boxable.csv", ""),
     ("oidv7-class-descriptions-boxable.csv", "LabelName,DisplayName\n"),
     ("metadata/classes.csv", "")],
)  # fmt: skip
def test_boxes_flags_and_class_names(name: str, header: str, tmp_path: Path) -> None:
    image_file(tmp_path / "train", "0001.jpg")
    names = tmp_path / name
    names.parent.mkdir(exist_ok=True)
    names.write_text(f'{header}/m/0cmf2,Cup\n/m/1,"Fork, small"\n')
    group = "0001,xclick,/m/1,1,0,1,0,0.5,0,1,1,0,-1"
    a_set(tmp_path, CUP, group)
    assert detect(tmp_path).name == "open-images"
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    (image,) = dataset.images
    cup, forks = image.objects
    assert (image.name, image.split) == ("0001.jpg", "train")
    assert (cup.label, image.pixels_xyxy(cup.box_yxyx)) == ("Cup", (6, 8, 24, 24))
    assert (cup.crowd, cup.truncated) == (False, False)
    assert (forks.label, forks.box_yxyx) == ("Fork, small", (0, 0, 0.5, 1))
    assert (forks.crowd, forks.truncated) == (True, True)


def test_images_that_were_not_downloaded_are_one_defect(tmp_path: Path) -> None:
    image_file(tmp_path / "train", "0001.jpg")
    rows = [CUP.replace("0001", f"{number:04}") for number in range(1, 100)]
    dataset = read_dataset(a_set(tmp_path, *rows))
    (defect,) = dataset.defects
    assert (defect.kind, defect.message) == (
        DefectKind.MISSING_IMAGE, "98 images of it not there, the first 0002.jpg"
    )  # fmt: skip
    assert len(dataset.images) == 1
    assert dataset.class_names == ("/m/0cmf2",)
    assert any("keep ids" in note.message for note in dataset.notes)


def test_files_of_several_splits(tmp_path: Path) -> None:
    image_file(tmp_path / "train", "0001.jpg")
    image_file(tmp_path / "validation", "0002.jpg")
    a_set(tmp_path / "annotations", CUP)
    a_set(tmp_path / "annotations", CUP.replace("0001", "0002"),
          name="validation-annotations-bbox.csv")  # fmt: skip
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert [(each.split, each.name) for each in dataset.images] == [
        ("train", "0001.jpg"), ("val", "0002.jpg")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0001,xclick,/m/0cmf2,1,x,0.5,0.25,0.75,0,0,0,0,0", "XMin is 'x'"),
        ("0001,xclick,/m/0cmf2", "XMin is ''"),
        ("0001,xclick,,1,0.125,0.5,0.25,0.75,0,0,0,0,0", "name is empty"),
        ("0001,xclick,/m/0cmf2,1,0.5,0.125,0.25,0.75,0,0,0,0,0", "maximum below its minimum"),
    ],
)
def test_a_row_that_is_none_is_a_defect_with_its_line(
    row: str, message: str, tmp_path: Path
) -> None:
    image_file(tmp_path, "0001.jpg")
    dataset = read_dataset(a_set(tmp_path, CUP, row))
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where.endswith("line 3")


def test_no_image_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no image could be read|no classes"):
        read_dataset(a_set(tmp_path, CUP))


def test_a_quote_without_an_end_in_the_class_names_is_named(tmp_path: Path) -> None:
    image_file(tmp_path / "train", "0001.jpg")
    a_set(tmp_path, CUP)
    (tmp_path / "class-descriptions-boxable.csv").write_text('/m/0cmf2,"Cup\n/m/1,Fork\n')
    with pytest.raises(DatasetError, match=r"boxable\.csv, line 2: unexpected end of data"):
        read_dataset(tmp_path)
