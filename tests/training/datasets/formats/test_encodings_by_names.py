"""Texts whose encoding is told by the images that lie there: a name must be one of theirs."""

import json
from pathlib import Path

import pytest

from tests.support.annotated_folders import coco_box, coco_image, image_file, voc_xml
from tests.support.command_line import run_main
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import read_dataset
from training.datasets.notes import NoteKind


def write(folder: Path, kind: str, names: list[str], label: str, encoding: str) -> None:
    if kind == "coco":
        content = {
            "images": [coco_image(at, name) for at, name in enumerate(names)],
            "annotations": [coco_box(at, id=at) for at, _ in enumerate(names)],
            "categories": [{"id": 1, "name": label}],
        }
        texts = {"a.json": json.dumps(content, ensure_ascii=False)}
    elif kind == "csv":
        rows = "".join(f"{name},{label},10,8,30,28\n" for name in names)
        texts = {"a.csv": f"filename,class,xmin,ymin,xmax,ymax\n{rows}"}
    elif kind == "voc":
        texts = {f"{at}.xml": voc_xml(name, (label, (11, 9, 30, 28)))
                 for at, name in enumerate(names)}  # fmt: skip
    elif kind == "via":
        region = {"shape_attributes": {"name": "rect", "x": 10, "y": 8, "width": 20, "height": 20},
                  "region_attributes": {"class": label}}  # fmt: skip
        texts = {"via.json": json.dumps(
            {name: {"filename": name, "size": 1, "file_attributes": {}, "regions": [region]}
             for name in names}, ensure_ascii=False)}  # fmt: skip
    elif kind == "cvat":
        box = f'<box label="{label}" xtl="10" ytl="8" xbr="30" ybr="28"/>'
        images = "".join(f'<image id="{at}" name="{name}" width="64" height="48">{box}</image>'
                         for at, name in enumerate(names))  # fmt: skip
        texts = {"a.xml": f"<annotations>{images}</annotations>"}
    else:
        shape = {"label": label, "points": [[10, 8], [30, 28]], "shape_type": "rectangle"}
        texts = {f"{at}.json": json.dumps(
            {"shapes": [shape], "imagePath": name, "imageHeight": 48, "imageWidth": 64,
             "imageData": None}, ensure_ascii=False) for at, name in enumerate(names)}  # fmt: skip
    for file, text in texts.items():
        (folder / file).write_bytes(text.encode(encoding))


def labels(dataset: Dataset) -> set[str]:
    return {each.label for image in dataset.images for each in image.objects}


@pytest.mark.parametrize("kind", ["coco", "csv", "voc", "via", "cvat", "labelme"])
@pytest.mark.parametrize(
    ("encoding", "names", "label"),
    [
        ("gbk", ["图片0.jpg", "图片1.jpg"], "猫"),
        ("gbk", ["猫.jpg"], "猫"),
        ("gbk", ["张三_1.jpg", "李四_2.jpg"], "螺栓"),
        ("euc_jp", ["画像0.jpg"], "猫"),
        ("cp866", ["фото1.jpg"], "кот"),  # noqa: RUF001
        ("cp850", ["Käse1.jpg"], "Öl"),
        ("mac_roman", ["Käse1.jpg"], "Öl"),
        ("iso8859_2", ["žába.jpg"], "žralok"),
        ("cp1257", ["ąžuolas1.jpg"], "šuo"),
    ],
)
def test_the_encoding_is_that_in_which_the_images_are_there(
    kind: str, encoding: str, names: list[str], label: str, tmp_path: Path
) -> None:
    for name in names:
        image_file(tmp_path / name)
    write(tmp_path, kind, names, label, encoding)
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert sorted(each.name for each in dataset.images) == sorted(names)
    assert labels(dataset) == {label}
    told = [str(note) for note in dataset.notes if note.kind is NoteKind.GUESSED]
    assert any("--encoding NAME takes it otherwise" in each for each in told)


@pytest.mark.parametrize("kind", ["coco", "csv", "voc", "via", "cvat", "labelme"])
@pytest.mark.parametrize("names", [["è1.jpg", "é2.jpg"], ["Käse.jpg"], ["Ελλάδα.jpg"]])
def test_utf_8_that_names_the_images_stays_and_is_no_guess(
    kind: str, names: list[str], tmp_path: Path
) -> None:
    for name in names:
        image_file(tmp_path / name)
    write(tmp_path, kind, names, "è", "utf-8")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert labels(dataset) == {"è"}
    assert not any("--encoding" in str(note) for note in dataset.notes)


@pytest.mark.parametrize("kind", ["coco", "csv", "voc", "via", "cvat", "labelme"])
def test_utf_8_of_letters_that_nobody_writes_is_chinese(kind: str, tmp_path: Path) -> None:
    # GBK's two bytes of 图 are a Greek letter of UTF-8 that is used nowhere.
    image_file(tmp_path / "a.jpg")
    write(tmp_path, kind, ["a.jpg"], "图", "gbk")
    assert labels(read_dataset(tmp_path)) == {"图"}


def test_the_folder_of_images_tells_as_well(tmp_path: Path) -> None:
    image_file(tmp_path / "photos" / "猫.jpg")
    (tmp_path / "labels").mkdir()
    write(tmp_path / "labels", "csv", ["猫.jpg"], "猫", "gbk")
    outcome = run_main("dataset", "check", tmp_path / "labels" / "a.csv", "--images",
                       tmp_path / "photos")  # fmt: skip
    assert outcome.code == 0, outcome.text
    assert "Classes: 猫" in outcome.text


def test_where_no_image_tells_the_hint_names_the_option(tmp_path: Path) -> None:
    image_file(tmp_path / "x.jpg")
    write(tmp_path, "coco", ["张三_1.jpg"], "cup", "gbk")
    outcome = run_main("dataset", "check", tmp_path)
    assert outcome.code == 1
    assert "names that are not ASCII may be in another encoding: --encoding NAME" in outcome.text
    assert "Traceback" not in outcome.text


def test_a_missing_image_with_an_ascii_name_is_not_laid_to_the_encoding(tmp_path: Path) -> None:
    write(tmp_path, "coco", ["a.jpg"], "Käse", "utf-8")
    outcome = run_main("dataset", "check", tmp_path)
    assert "--images FOLDER" in outcome.text
    assert "--encoding" not in outcome.text
