"""Annotation files that hold many images, which may be large: each is read once."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import boxes_of, image_file, images, notes_of, text_file
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

# Names beyond ASCII are looked for in the text, to tell its encoding.
NAME = "K\u00e4se.jpg"
RECT = {"name": "rect", "x": 10, "y": 8, "width": 20, "height": 20}


def via_json(folder: Path) -> Path:
    region = {"shape_attributes": RECT, "region_attributes": {"class": "cup"}}
    entry = {"filename": NAME, "size": 1, "regions": [region], "file_attributes": {}}
    text = json.dumps({NAME: entry}, ensure_ascii=False)
    return text_file(folder / "via.json", text.encode("cp1252"))


def via_csv(folder: Path) -> Path:
    header = (
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,"
        "region_attributes"
    )
    shape = json.dumps(RECT).replace('"', '""')
    row = f'{NAME},1,"{{}}",1,0,"{shape}","{{""class"": ""cup""}}"'
    return text_file(folder / "via.csv", f"{header}\n{row}\n".encode("cp1252"))


def cvat(folder: Path) -> Path:
    return text_file(
        folder / "annotations.xml",
        f'<annotations><image id="0" name="{NAME}" width="64" height="48"><box label="cup" '
        'xtl="10" ytl="8" xbr="30" ybr="28"/></image></annotations>'.encode("cp1252"),
    )  # fmt: skip


def label_studio(folder: Path) -> Path:
    value: dict[str, Any] = {"x": 15.625, "y": 16.6667, "width": 31.25, "height": 41.6667,
                             "rectanglelabels": ["cup"]}  # fmt: skip
    result = {"type": "rectanglelabels", "value": value, "original_width": 64,
              "original_height": 48}  # fmt: skip
    task = {"id": 1, "data": {"image": NAME}, "annotations": [{"result": [result]}]}
    text = json.dumps([task], ensure_ascii=False)
    return text_file(folder / "tasks.json", text.encode("cp1252"))


@pytest.mark.parametrize("write", [via_json, via_csv, cvat, label_studio])
def test_a_file_is_read_once_to_tell_its_encoding_and_to_be_parsed(
    write: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images(tmp_path, NAME)
    file = write(tmp_path)
    read = Counter[Path]()
    original = Path.read_bytes

    def counted(self: Path) -> bytes:
        read[self] += 1
        return original(self)

    monkeypatch.setattr(Path, "read_bytes", counted)
    dataset = read_dataset(tmp_path)
    assert [each[0] for each in boxes_of(dataset)] == [NAME]
    assert read[file] == 1


def test_the_folder_of_images_is_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, shots = tmp_path / "set", images(tmp_path / "shots", "a.jpg")
    text_file(root / "labels" / "a.txt", "0 0.3125 0.375 0.3125 0.416667\n")
    text_file(root / "classes.txt", "cup\n")
    walked = Counter[Path]()
    original = FileIndex.of

    def counted(folder: Path, **how: Any) -> FileIndex:
        walked[folder] += 1
        return original(folder, **how)

    monkeypatch.setattr(FileIndex, "of", counted)
    dataset = read_dataset(root, None, ReadOptions(images_dir=shots))
    assert len(boxes_of(dataset)) == 1
    assert walked == {root: 1, shots: 1}


def test_guessed_names_in_the_folder_of_images_are_told(tmp_path: Path) -> None:
    root, shots = tmp_path / "set", tmp_path / "shots"
    image_file(shots / "a.jpg")
    (shots / "a.jpg").rename(shots / b"K\xe4se1.jpg".decode("utf-8", "surrogateescape"))
    text_file(
        root / "boxes.csv", "filename,class,xmin,ymin,xmax,ymax\nK\u00e4se1.jpg,cup,1,2,30,40\n"
    )
    dataset = read_dataset(root, None, ReadOptions(images_dir=shots))
    assert len(boxes_of(dataset)) == 1
    assert "are not UTF-8 on the disk" in notes_of(dataset)


def test_what_was_not_read_is_told_the_same_when_it_is_asked_again(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    files = SourceFiles(tmp_path)
    files.images.find("ab12cd34-a.jpg")
    first = (files.found_otherwise(), files.unread(), list(files.notes))
    assert (files.found_otherwise(), files.unread(), list(files.notes)) == first
    assert len(first[0]) == 1
