"""Text that is not UTF-8, read as what it is, with a note. Images are 48x32 pixels."""

import json
from pathlib import Path

import pytest

from tests.support.small_datasets import picture_file
from training.datasets.formats.registry import read_dataset
from training.datasets.formats.text_guessing import guess_text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ねこ\nいぬ\n", "cp932"),
        ("filename,class\na.jpg,トラック\nb.jpg,猫の目\n", "cp932"),
        ("猫咪\n小狗\n", "gb18030"),
        ("Köter\nMäuse\n", "cp1252"),
        ("“quoted” œuvre, Žižek\n", "cp1252"),
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
    picture_file(tmp_path, "a.jpg")
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


def test_yolos_labels_as_powershell_writes_them(tmp_path: Path) -> None:
    picture_file(tmp_path / "images", "a.jpg")
    picture_file(tmp_path / "images", "b.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n")
    (tmp_path / "labels" / "b.txt").write_text("0 0.5 0.5 0.25 0.5\r\n", encoding="utf-16")
    (tmp_path / "classes.txt").write_text("cup\n")
    dataset = read_dataset(tmp_path)
    assert (dataset.object_count, dataset.defects) == (2, ())
