from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.csv_files.mapped import check_columns
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

HEADER = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def a_file(tmp_path: Path, text: str, name: str = "train_labels.csv") -> Path:
    image_file(tmp_path / "images", "a.jpg")
    (tmp_path / name).write_text(text)
    return tmp_path / name


def test_the_object_detection_apis_columns(tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADER + "a.jpg,48,32,cat,6,8,24,16\na.jpg,48,32,dog,0,0,48,32\n")
    (image,) = read_dataset(path).images
    assert image.pixels_xyxy(image.objects[0].box_yxyx) == (6, 8, 24, 16)
    assert image.split == "train"
    assert image.source.exists()


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("a.jpg,48,32,cat,6,8,six,16", DefectKind.BAD_ANNOTATION),
        ("a.jpg,48,32,,6,8,24,16", DefectKind.UNKNOWN_CLASS),
        ("a.jpg,48,32,cat,24,8,6,16", DefectKind.BOX_INVERTED),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: str, kind: DefectKind, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{HEADER}a.jpg,48,32,cat,6,8,24,16\n{row}\n")
    (defect,) = read_dataset(path).defects
    assert (defect.kind, defect.where) == (kind, f"{path}, line 3")


def test_a_row_that_is_too_short_is_named_by_its_line(tmp_path: Path) -> None:
    path = a_file(tmp_path, f"{HEADER}a.jpg,48\n")
    with pytest.raises(DatasetError, match=r"line 2: .*8 fields were expected .* there are 2"):
        read_dataset(path)


def test_keras_retinanets_rows_and_classes(tmp_path: Path) -> None:
    path = a_file(tmp_path, "images/a.jpg,6,8,24,16,cat\n", "train.csv")
    (tmp_path / "classes.csv").write_text("dog,0\ncat,1\n")
    dataset = read_dataset(path)
    assert dataset.class_ids == {"dog": 1, "cat": 2}
    (image,) = dataset.images
    assert (image.name, image.split, image.width) == ("a.jpg", "train", 48)


def test_a_companys_export_with_numbers_for_classes_and_polygons(tmp_path: Path) -> None:
    text = 'image;tag;shape\na.jpg;2;"[{""x"": 6, ""y"": 8}, {""x"": 24, ""y"": 8}, {""x"": 6, ""y"": 16}]"\n'  # noqa: E501
    path = a_file(tmp_path, text.replace(";", ","), "export.csv")
    categories = tmp_path / "categories.csv"
    categories.write_text("id,name\n1,cat\n2,dog\n")
    columns = {"image": "image", "class_id": "tag", "polygon": "shape"}
    options = ReadOptions(columns=columns, categories_csv=categories)
    dataset = read_dataset(path, "csv-columns", options)
    (found,) = dataset.images[0].objects
    assert (found.label, found.box_yxyx) == ("dog", (0.25, 0.125, 0.5, 0.5))
    assert len(found.polygons) == 1
    assert dataset.class_ids == {"cat": 1, "dog": 2}


@pytest.mark.parametrize(
    "text", ['"[[6, 8], [24, 8], [6, 16]]"', '"[6, 8, 24, 8, 6, 16]"', '"6 8, 24 8, 6 16"',
             '"POLYGON((6 8, 24 8, 6 16))"']
)  # fmt: skip
def test_polygons_in_every_form(text: str, tmp_path: Path) -> None:
    path = a_file(tmp_path, f"image,tag,shape\na.jpg,dog,{text}\n", "export.csv")
    columns = {"image": "image", "class": "tag", "polygon": "shape"}
    dataset = read_dataset(path, None, ReadOptions(columns=columns))
    assert dataset.images[0].objects[0].box_yxyx == (0.25, 0.125, 0.5, 0.5)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": "a", "class": "b"}, "columns for a box or for `polygon`"),
        ({"image": "a", "polygon": "b"}, "`class` or `class_id`"),
        ({"photo": "a"}, "the mapping has photo"),
        ({"image": "a", "class": "b", "polygon": "c", "units": "inches"}, "not 'inches'"),
    ],
)
def test_a_mapping_without_sense_is_refused(columns: dict[str, str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        check_columns(columns)
