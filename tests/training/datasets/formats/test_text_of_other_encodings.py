"""Text that is not UTF-8, read as what it is, with a note. Images are 48x32 pixels."""

import json
from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset
from training.datasets.formats.text.guessing import guess_text, known_encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ねこ\nいぬ\n", "cp932"),
        ("filename,class\na.jpg,トラック\nb.jpg,猫の目\n", "cp932"),
        ("猫咪\n小狗\n", "gb18030"),
        ("Köter\nMäuse\n", "cp1252"),
        ("“quoted” œuvre, Žižek\n", "cp1252"),
        ("自転車\n", "cp932"),
        ("腳踏車\n", "cp950"),
        ("고양이\n자전거\n", "cp949"),
        ("кошка\nГрузовик\n", "cp1251"),
        ("собака\n", "koi8_r"),
        ("kočka\npřívěs\n", "cp1250"),
        ("kırmızı ışık\n", "cp1254"),
        ("σκύλος\n", "cp1253"),
    ],
)
def test_an_encoding_is_told_by_its_bytes(text: str, encoding: str) -> None:
    found = guess_text(text.encode(encoding))
    assert (found.text, found.encoding, found.guessed) == (text, encoding, True)


@pytest.mark.parametrize(
    ("name", "encoding"), [("小狗", "gb18030"), ("ねこ", "cp932"), ("Köter", "cp1252")]
)
def test_a_coco_file_that_was_saved_in_a_systems_own_encoding(
    name: str, encoding: str, tmp_path: Path
) -> None:
    image_file(tmp_path, "a.jpg")
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 48, "height": 32}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [6, 8, 18, 16]}],
        "categories": [{"id": 1, "name": name}],
    }
    text = json.dumps(content, ensure_ascii=False)
    (tmp_path / "a.json").write_bytes(text.encode(encoding))
    dataset = read_dataset(tmp_path)
    assert (dataset.class_names, dataset.object_count) == ((name,), 1)
    assert any(f"taken as {encoding}" in note.message for note in dataset.notes)


def voc_set(folder: Path, names: list[str], encoding: str) -> Path:
    for number, name in enumerate(names):
        image_file(folder, f"{number}.jpg")
        box = "<xmin>6</xmin><ymin>8</ymin><xmax>24</xmax><ymax>24</ymax>"
        text = (
            f"<annotation><object><name>{name}</name><bndbox>{box}</bndbox></object></annotation>"
        )
        (folder / f"{number}.xml").write_bytes(text.encode(encoding))
    return folder


def test_a_file_whose_few_letters_tell_nothing_is_read_as_the_others(tmp_path: Path) -> None:
    # As UTF-8 its two bytes are a letter of French.
    assert "猫".encode("gb18030").decode() == "è"
    dataset = read_dataset(voc_set(tmp_path, ["猫", "小狗", "自行车"], "gb18030"))
    assert set(dataset.class_names) == {"猫", "小狗", "自行车"}
    assert [note.message for note in dataset.notes if "UTF-8" in note.message] == [
        "3 files not in UTF-8, taken as gb18030; --encoding NAME takes it otherwise"
    ]


def test_a_person_says_the_encoding(tmp_path: Path) -> None:
    folder = voc_set(tmp_path, ["Ü"], "cp437")
    assert read_dataset(folder).class_names != ("Ü",)
    dataset = read_dataset(folder, None, ReadOptions(encoding=known_encoding("IBM437")))
    assert dataset.class_names == ("Ü",)
    assert not any("UTF-8" in note.message for note in dataset.notes)
    with pytest.raises(DatasetError, match="'klingon' is not a known encoding; such are cp1251"):
        known_encoding("klingon")


def test_yolos_labels_as_powershell_writes_them(tmp_path: Path) -> None:
    image_file(tmp_path / "images", "a.jpg")
    image_file(tmp_path / "images", "b.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    (tmp_path / "labels" / "b.txt").write_text("0 0.5 0.5 0.25 0.5\r\n", encoding="utf-16")
    (tmp_path / "classes.txt").write_text("cup\n")
    dataset = read_dataset(tmp_path)
    assert (dataset.object_count, dataset.defects) == (2, ())
