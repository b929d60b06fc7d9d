"""Archives in a data set's folder, and in archives."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    LINE,
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    notes_of,
    text_file,
)
from training.datasets.defects import DefectKind, NothingRead
from training.datasets.formats.files import inner_archives
from training.datasets.formats.registry import detect, read_dataset


def jpeg(folder: Path, name: str) -> bytes:
    return image_file(folder / "made" / name).read_bytes()


def zipped(path: Path, members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.getvalue())
    return file.getvalue()


def a_coco(**content: Any) -> bytes:
    return json.dumps({
        "images": [coco_image(1, "a.jpg")], "annotations": [coco_box()],
        "categories": [{"id": 1, "name": "cup"}], **content,
    }).encode()  # fmt: skip


def test_images_and_labels_each_in_an_archive(tmp_path: Path) -> None:
    root = tmp_path / "set"
    zipped(root / "images.zip", {"a.jpg": jpeg(tmp_path, "a.jpg")})
    zipped(root / "labels.zip", {"labels/a.txt": LINE.encode(), "labels/b.txt": LINE.encode()})
    text_file(root / "classes.txt", "cup\n")
    assert detect(root).name == "yolo"
    dataset = read_dataset(root)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert str(dataset.images[0].source) == f"{root}/images.zip/a.jpg"
    # Of the label file that no image goes with, the place in the archive.
    assert [each.where for each in dataset.defects] == [f"{root}/labels.zip/labels/b.txt"]
    assert "read: labels.zip: unpacked, as the folder labels" in notes_of(dataset)


@pytest.mark.parametrize("top", ["", "set/"])
def test_an_archive_a_split(top: str, tmp_path: Path) -> None:
    root = tmp_path / "set"
    for split in ("train", "valid"):
        members = {
            f"{top}a.jpg": jpeg(tmp_path, f"{split}.jpg"),
            f"{top}_annotations.json": a_coco(),
        }
        zipped(root / f"{split}.zip", members)
    dataset = read_dataset(root)
    assert {split for _, split, *_ in boxes_of(dataset)} == {"train", "val"}
    assert (len(dataset), dataset.defects) == (2, ())


def test_an_archive_in_an_archive(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "x.zip", {"a.jpg": jpeg(tmp_path, "a.jpg")})
    path = tmp_path / "set.zip"
    zipped(path, {"images.zip": inner, "annotations.json": a_coco()})
    dataset = read_dataset(path)
    assert boxes_of(dataset) == [("a.jpg", None, "cup", CUP_XYXY)]
    assert str(dataset.images[0].source) == f"{path}/images.zip/a.jpg"


def test_an_archive_beside_its_own_files_is_not_read_twice(tmp_path: Path) -> None:
    image_file(tmp_path / "images" / "a.jpg")
    coco_file(tmp_path / "c.json")
    members = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    zipped(tmp_path / "download.zip", members)
    dataset = read_dataset(tmp_path)
    assert len(dataset) == 1
    assert "not read: download.zip: its files lie unpacked beside it" in notes_of(dataset)


def test_what_is_not_unpacked_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inner_archives, "MAX_BYTES", 100)
    coco_file(tmp_path / "c.json")
    zipped(tmp_path / "my images.zip", {"a.jpg": jpeg(tmp_path / "..", "a.jpg")})
    text_file(tmp_path / "more.7z", "7z")
    text_file(tmp_path / "cut.zip", b"PK\x03\x04" + b"x" * 30)
    with pytest.raises(NothingRead) as caught:
        read_dataset(tmp_path)
    notes = "\n".join(map(str, caught.value.notes))
    how = f"unzip '{tmp_path}/my images.zip' -d {tmp_path}"
    assert "my images.zip: it has 0 MB, more than is unpacked without being asked" in notes
    assert how in notes
    assert "more.7z: an archive that is not unpacked here" in notes
    assert "cut.zip: damaged" in notes
    assert [each.kind for each in caught.value.defects] == [DefectKind.MISSING_IMAGE]


def test_archives_beside_a_file_that_was_named_are_said(tmp_path: Path) -> None:
    file = coco_file(tmp_path / "c.json", images=[coco_image(1, "a.jpg"), coco_image(2, "b.jpg")])
    image_file(tmp_path / "a.jpg")
    zipped(tmp_path / "images.zip", {"b.jpg": jpeg(tmp_path, "b.jpg")})
    assert "archives beside the file that was named: images.zip; name the folder" in notes_of(
        read_dataset(file)
    )


@pytest.mark.parametrize("encoding", ["gb18030", "cp932", "cp437", "utf-8"])
def test_names_in_a_systems_own_encoding(encoding: str, tmp_path: Path) -> None:
    name = {"gb18030": "小狗", "cp932": "ねこ", "cp437": "Löffel", "utf-8": "Löffel"}[encoding]
    data = zipped(tmp_path / "x.zip", {"NAME.jpg".replace("NAME", "N" * len(name.encode(encoding))):
                                       jpeg(tmp_path, "a.jpg")})  # fmt: skip
    raw = data.replace(b"N" * len(name.encode(encoding)), name.encode(encoding))
    path = tmp_path / "set" / "images.zip"
    text_file(path, raw)
    coco_file(path.parent / "c.json", images=[coco_image(1, f"{name}.jpg")])
    dataset = read_dataset(path.parent)
    assert ([each.name for each in dataset.images], dataset.defects) == ([f"{name}.jpg"], ())


@pytest.mark.parametrize("top", ["", "{split}/"])
@pytest.mark.parametrize("said", ["../{split}/images", "{split}/images", "{split}.zip"])
def test_splits_of_data_yaml_that_are_archives_beside_it(
    said: str, top: str, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    for split, name in (("train", "a"), ("valid", "b")):
        folder = top.format(split=split)
        zipped(root / f"{split}.zip", {
            f"{folder}images/{name}.jpg": jpeg(tmp_path, f"{name}.jpg"),
            f"{folder}labels/{name}.txt": LINE.encode(),
        })  # fmt: skip
    places = [said.format(split=split) for split in ("train", "valid")]
    text_file(root / "data.yaml", f"train: {places[0]}\nval: {places[1]}\nnames: [cup]\n")
    dataset = read_dataset(root)
    assert not dataset.defects
    assert [each[1:3] for each in boxes_of(dataset)] == [("train", "cup"), ("val", "cup")]
