"""CSV files of other tools and countries: separators, encodings, columns. Images are 48x32."""

from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.formats.csv_files.header import understand
from training.datasets.formats.csv_files.table import parse_table
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

HEADER = "filename,width,height,class,xmin,ymin,xmax,ymax"
ROW = "a.jpg,48,32,cup,6,8,24,24"
BOX = (6, 8, 24, 24)


def a_set(
    folder: Path, text: str, *, encoding: str = "utf-8", name: str = "labels.csv", **options: object
) -> Dataset:
    image_file(folder / "images", "a.jpg")
    (folder / name).write_bytes(text.encode(encoding))
    return read_dataset(folder, None, ReadOptions(**options))  # type: ignore[arg-type]


def boxes(dataset: Dataset) -> list[tuple[str, tuple[float, ...]]]:
    (image,) = dataset.images
    return [(each.label, image.pixels_xyxy(each.box_yxyx)) for each in image.objects]


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_separators_and_encodings(separator: str, encoding: str, tmp_path: Path) -> None:
    text = f"{HEADER}\r\n{ROW.replace('cup', 'Äpfel')}\r\n".replace(",", separator)
    dataset = a_set(tmp_path, text, encoding=encoding)
    assert dataset.defects == ()
    assert boxes(dataset) == [("Äpfel", BOX)]
    guessed = [note for note in dataset.notes if "cp1252" in note.message]
    assert len(guessed) == (encoding == "cp1252")


def test_a_decimal_comma_where_the_separator_is_another(tmp_path: Path) -> None:
    text = f"{HEADER}\n".replace(",", ";") + "a.jpg;48;32;cup;6,5;8,25;24;24\n"
    assert boxes(a_set(tmp_path, text)) == [("cup", (6.5, 8.25, 24, 24))]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        # Roboflow, the tutorials of the Object Detection API, VoTT, keras-retinanet with a header.
        (HEADER, ROW),
        (HEADER.title(), ROW),
        ("image,xmin,ymin,xmax,ymax,label", "a.jpg,6,8,24,24,cup"),
        ("path,x1,y1,x2,y2,class_name", "images/a.jpg,6,8,24,24,cup"),
        # Kaggle: VinBigData, Udacity, GTSRB, SKU-110K, the Oxford pets' and others' orders.
        ("image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max", "a,cup,3,R8,6,8,24,24"),
        ("frame,xmin,xmax,ymin,ymax,class_id", "a.jpg,6,24,8,24,cup"),
        ("Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId", "a.jpg;48;32;6;8;24;24;cup"),
        ("image_name,x1,y1,x2,y2,class,image_width,image_height", "a.jpg,6,8,24,24,cup,48,32"),
        ("ImageID,x,y,w,h,Label", "a.jpg,6,8,18,16,cup"),
        ("file,label,x,y,width,height", "a.jpg,cup,6,8,18,16"),
        ("img_path,category,left,top,right,bottom", "C:\\data\\a.jpg,cup,6,8,24,24"),
        ("image,class,x_center,y_center,box_width,box_height", "a.jpg,cup,15,16,18,16"),
        ("name,class,xmin,ymin,xmax,ymax", "a.jpg,cup,6,8,24,24"),
        ("filename,name,xmin,ymin,xmax,ymax", "a.jpg,cup,6,8,24,24"),
        ("label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height",
         "cup,6,8,18,16,a.jpg,48,32"),
        ("image_id,width,height,label,bbox", 'a,48,32,cup,"[6.0, 8.0, 18.0, 16.0]"'),
        ("image_id,width,height,label,bbox", 'a,48,32,cup,"[30, 8, 40, 24]"'),
    ],
)  # fmt: skip
def test_headers_that_people_use(header: str, row: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"{header}\n{row}\n")
    assert dataset.defects == ()
    expected = (30, 8, 40, 24) if "[30" in row else BOX
    assert boxes(dataset) == [("cup", expected)]


@pytest.mark.parametrize(
    "row", [ROW, "cup,6,8,18,16,a.jpg,48,32", "a.jpg,cup,6,8,24,24", "a.jpg;cup;6;8;24;24"]
)
def test_files_without_a_header(row: str, tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"{row}\n{row}\n")
    assert dataset.defects == ()
    assert boxes(dataset) == [("cup", BOX), ("cup", BOX)]
    assert any("there is no header" in note.message for note in dataset.notes)


def test_what_was_understood_is_told(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "img;tag;x;y;w;h;score\na.jpg;cup;6;8;18;16;0.5\n")
    messages = [note.message for note in dataset.notes]
    assert (
        "columns image=img, class=tag, box_width=w, box_height=h, x_min=x, y_min=y; not read: score"
    ) in messages
    assert "fields are separated by ';'" in messages


def test_columns_without_a_box_are_not_understood() -> None:
    assert understand(["filename", "class", "xmin", "ymin"]) == {}
    assert understand(["class", "xmin", "ymin", "xmax", "ymax"]) == {}
    assert understand(["filename", "cup", "fork"]) == {}


def test_shares_are_taken_as_such_and_told(tmp_path: Path) -> None:
    text = "image,label,xmin,ymin,xmax,ymax\na.jpg,cup,0.125,0.25,0.5,0.75\na.jpg,cup,0,0,1,1\n"
    dataset = a_set(tmp_path, text)
    assert boxes(dataset) == [("cup", BOX), ("cup", (0, 0, 48, 32))]
    assert any("shares of the image" in note.message for note in dataset.notes)


def test_small_pixels_are_not_taken_as_shares(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "image,label,xmin,ymin,xmax,ymax\na.jpg,cup,0,0,1,1\n")
    assert boxes(dataset) == [("cup", (0, 0, 1, 1))]


@pytest.mark.parametrize(
    "empty", [",,,,,,,", ",,,,nan,nan,nan,nan", ",,,No finding,,,,", ",,,,,,,\n\n"]
)
def test_a_row_without_a_box_is_an_image_without_objects(empty: str, tmp_path: Path) -> None:
    image_file(tmp_path / "images", "b.jpg")
    dataset = a_set(tmp_path, f"{HEADER}\n{ROW}\nb.jpg{empty}\n")
    assert dataset.defects == ()
    assert [len(each.objects) for each in dataset.images] == [1, 0]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("a.jpg,48,32,cup,6", DefectKind.BAD_ANNOTATION),
        ("a.jpg,48,32,cup,6,8,,24", DefectKind.BAD_ANNOTATION),
        ("a.jpg,48,32,cup,,,,", DefectKind.BAD_ANNOTATION),
        ("a.jpg,48,32,,6,8,24,24", DefectKind.UNKNOWN_CLASS),
        (",48,32,cup,6,8,24,24", DefectKind.BAD_ANNOTATION),
        ("missing.jpg,48,32,cup,6,8,24,24", DefectKind.MISSING_IMAGE),
    ],
)
def test_what_is_wrong_with_a_row_is_a_defect_with_its_line(
    row: str, kind: DefectKind, tmp_path: Path
) -> None:
    dataset = a_set(tmp_path, f"{HEADER}\n{ROW}\n{row}\n")
    (defect,) = dataset.defects
    assert defect.kind == kind
    assert defect.where == f"{tmp_path / 'labels.csv'}, line 3"
    assert boxes(dataset) == [("cup", BOX)]


def test_sizes_that_differ_by_row_scale_the_box_or_drop_it(tmp_path: Path) -> None:
    rows = [ROW, ROW, "a.jpg,96,64,cup,12,16,48,48", "a.jpg,99,10,cup,1,1,9,9"]
    dataset = a_set(tmp_path, "\n".join([HEADER, *rows]))
    assert boxes(dataset) == [("cup", BOX)] * 3
    assert [(each.where[-6:], each.kind, each.repair) for each in dataset.defects] == [
        ("line 4", DefectKind.SIZE_DIFFERS, "box scaled"),
        ("line 5", DefectKind.SIZE_DIFFERS, "dropped"),
    ]


def test_a_size_that_is_none_is_told_and_the_image_says_it(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"{HEADER}\n{ROW.replace('48', 'wide')}\n")
    assert boxes(dataset) == [("cup", BOX)]
    assert "the width is 'wide'" in dataset.defects[0].message


def test_a_folder_a_split_as_roboflow_exports_it(tmp_path: Path) -> None:
    for folder in ("train", "valid", "test"):
        image_file(tmp_path / folder, "a.jpg")
        (tmp_path / folder / "_annotations.csv").write_text(f"{HEADER}\n{ROW}\n")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert [(each.split, each.name) for each in dataset.images] == [
        ("test", "a.jpg"), ("train", "a.jpg"), ("val", "a.jpg")
    ]  # fmt: skip


def test_splits_in_the_images_paths_or_a_column(tmp_path: Path) -> None:
    for folder in ("train", "test"):
        image_file(tmp_path / folder, f"{folder}.jpg")
    text = "path,label,x1,y1,x2,y2\ntrain/train.jpg,cup,6,8,24,24\ntest/test.jpg,cup,6,8,24,24\n"
    (tmp_path / "labels.csv").write_text(text)
    assert [each.full_name for each in read_dataset(tmp_path).images] == [
        "train/train.jpg", "test/test.jpg"
    ]  # fmt: skip
    text = "file,label,x1,y1,x2,y2,split\ntrain.jpg,cup,6,8,24,24,VALID\n"
    (tmp_path / "labels.csv").write_text(text)
    assert [each.full_name for each in read_dataset(tmp_path).images] == ["val/train.jpg"]


def test_a_file_without_classes_needs_one(tmp_path: Path) -> None:
    text = 'image_id,width,height,bbox,source\na,48,32,"[6, 8, 18, 16]",x\n'
    with pytest.raises(DatasetError, match=r"no column names the class .*--classes NAME"):
        a_set(tmp_path, text)
    assert boxes(a_set(tmp_path, text, classes=("wheat",))) == [("wheat", BOX)]


def test_a_class_file_gives_the_order_and_names_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("fork,0\ncup,1\n")
    dataset = a_set(tmp_path, "path,x1,y1,x2,y2,class_id\nimages/a.jpg,6,8,24,24,1\n")
    assert dataset.class_ids == {"fork": 1, "cup": 2}
    assert boxes(dataset) == [("cup", BOX)]


@pytest.mark.parametrize(
    "classes",
    [
        "class_id,class_name\n0,mug\n1,cup\n",
        "0,mug\n1,cup\n",
        "class_name,class_id\ncup,1\nmug,0\n",
    ],
)
def test_a_class_file_has_its_columns_either_way_round(classes: str, tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text(classes)
    dataset = a_set(tmp_path, "image,class_id,xmin,ymin,xmax,ymax\na.jpg,1,6,8,24,24\n")
    assert dataset.class_names == ("mug", "cup")
    assert boxes(dataset) == [("cup", BOX)]


def test_a_class_file_of_numbers_alone_has_the_class_first(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("7,0\n8,1\n")
    dataset = a_set(tmp_path, "image,class_id,xmin,ymin,xmax,ymax\na.jpg,1,6,8,24,24\n")
    assert boxes(dataset) == [("8", BOX)]


def test_each_files_rows_and_a_column_without_a_name_are_told(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, ",img,tag,x,y,w,h\n0,a.jpg,cup,6,8,18,16\n")
    said = [note.message for note in dataset.notes]
    assert "1 row" in said
    assert any(each.endswith("not read: number 1, which has no name") for each in said)


def test_keras_retinanets_rows_with_semicolons(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "images/a.jpg;6;8;24;24;cup\nimages/a.jpg;6;8;24;24\n")
    assert boxes(dataset) == [("cup", BOX)]
    assert "line 2" in dataset.defects[0].where


@pytest.mark.parametrize("before", ["sep=;\n", '"sep=;"\n', "\n\n", "# exported by a tool\n"])
def test_what_stands_before_a_header(before: str, tmp_path: Path) -> None:
    text = f"{before}{HEADER}\n{ROW}\na.jpg,48\n".replace(",", ";")
    dataset = a_set(tmp_path, text)
    assert boxes(dataset) == [("cup", BOX)]
    line = before.count("\n") + 3
    assert [each.where for each in dataset.defects] == [f"{tmp_path / 'labels.csv'}, line {line}"]


def test_a_column_that_comes_twice_is_told_and_the_first_counts(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, "file,class,xmin,ymin,xmax,ymax,class\na.jpg,cup,6,8,24,24,x\n")
    assert boxes(dataset) == [("cup", BOX)]
    assert any("come twice" in note.message for note in dataset.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADER}\n", "a header, and no row below it"),
        ("", "labels.csv is empty"),
        (f"{HEADER}\na.jpg,48,32,cup,12%,25%,50%,75%\n", "xmin is '12%', a number was expected"),
    ],
)
def test_a_file_of_which_nothing_is_left_says_why(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=message):
        a_set(tmp_path, text)


def test_quotes_that_do_not_close_say_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line 3: unexpected end of data"):
        parse_table(f'{HEADER}\n{ROW}\n"a.jpg,48')


def _one(folder: Path, text: str) -> Path:
    image_file(folder / "images", "a.jpg")
    (folder / "labels.csv").write_text(text)
    return folder / "labels.csv"


@pytest.mark.parametrize("name", [" a.jpg", "a .jpg ", "two words.jpg "])
def test_a_file_whose_name_begins_or_ends_with_a_space_is_found(name: str, tmp_path: Path) -> None:
    image_file(tmp_path, name)
    rows = f"{HEADER}\n{ROW}\n{name},48,32,cup,6,8,24,24\n"
    dataset = a_set(tmp_path, rows)
    assert dataset.defects == ()
    assert {Path(str(each.source)).name for each in dataset.images} == {"a.jpg", name}
    assert [len(each.objects) for each in dataset.images] == [1, 1]


def test_spaces_around_a_name_of_no_such_file_are_left_out(tmp_path: Path) -> None:
    dataset = a_set(tmp_path, f"{HEADER}\n a.jpg ,48,32,cup,6,8,24,24\n{ROW}\n")
    assert dataset.defects == ()
    assert [(each.name, len(each.objects)) for each in dataset.images] == [("a.jpg", 2)]
