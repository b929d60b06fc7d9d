"""Whatever lies in a data set, the commands end with 0, 1 or 2 and a sentence, not with a trace."""

import io
import os
import random
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.command_line import run_main
from tests.support.effort import examples
from tests.training.datasets.formats.changed_files import changed_bytes, changes_of
from tests.training.datasets.formats.seeds import SEEDS, sown

LABEL_MAPS = (
    b"", b"\0", "ball\nbone\n".encode("utf-16"), b"\xe9t\xe9\n", b"ball\n\nbone\n",
    b"item { id: 1 }",
    b"item { id: 0 name: 'a' }", b"item { id: -1 name: 'a' }", b"item { item { id: 1 } }",
    b"item { id: 99999999999999999999 name: 'a' }", b"item { id: 1 name: 'a' } " * 2,
)  # fmt: skip
AROUND = ("label_map.pbtxt", "data.yaml", "classes.csv", "classes.txt", "obj.names", "train.txt",
          "ImageSets/Main/train.txt", "class-descriptions-boxable.csv", "features.json",
          "objects-label.labels.txt")  # fmt: skip
NAMES = (
    b"caf\xc3\xa9.jpg", b"cafe\xcc\x81.jpg", b" a.jpg", b".a.jpg", 250 * b"n" + b".jpg", b"a.JPG",
    b"C:\\a\\b.jpg", b"a\nb.jpg", b"--help", b".jpg", b"%2e%2e.jpg", b"\xff\xfe.jpg", b"\x80",
    "\u202egpj.a".encode(), b"$(x).jpg", b"\x1b[31m.jpg",
)  # fmt: skip
TEXTS = (
    "\ud800", "/x/\udfff.jpg", "x/" * 3000, "/" + "x/" * 3000 + "a.jpg", "a\0b",
    "http://x/" + "y" * 5000, "C:\\" + "x" * 300, "file:///etc/passwd",
    "data:image/png;base64,AAAA", "\\\\host\\share\\a.jpg",
    "%00", "%ff%fe", "{0}", "%s%n", "../" * 2000,
)  # fmt: skip
MEMBERS = ("a" * 300, "x/" + "b" * 300, "../up", "/abs", "C:\\w\\a.xml", " ", ".", "a\\b\\",
           "\u2028", "cafe\u0301", "ANNOTATIONS/A.XML", "x/../y", "a/" * 60 + "deep", "a//b",
           "Annotations", "Annotations/a.xml/in")  # fmt: skip


def assert_no_trace(path: Path, told: str, *, convert: bool = False) -> None:
    """Run the commands that read a data set on it."""
    commands: list[list[object]] = [["check", path], ["label-map", path, "--output", "-"]]
    out = path.parent / "converted"
    if convert:
        commands.append(["convert", path, out, "--to", "tfrecord", "--fix"])
    for command in commands:
        try:
            found = run_main("dataset", *command, "--processes", 1)
        except Exception as error:
            raise AssertionError(f"{command[0]}: {told}") from error
        assert found.code in (0, 1, 2), told
        assert found.code == 0 or found.text.strip(), told
    shutil.rmtree(out, ignore_errors=True)


def some(
    values: list[tuple[str, bytes]], chance: random.Random, count: int
) -> Iterator[tuple[str, bytes]]:
    yield from chance.sample(values, min(len(values), examples(count)))


@pytest.mark.parametrize("name", ["csv-retinanet", "tfrecord", "voc", "yolo"])
def test_lists_and_label_maps_of_any_bytes(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    folder = tmp_path / "set"
    sown(name, folder)
    for inside in AROUND:
        file = folder / inside
        before = file.read_bytes() if file.exists() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        changes = [("written", each) for each in LABEL_MAPS]
        changes += changed_bytes(before or b"item { id: 1 name: 'ball' }\n", chance, 3)
        for told, data in some(changes, chance, 2):
            file.write_bytes(data)
            assert_no_trace(folder, f"{inside}: {told}, {data[:40]!r}")
        file.unlink()
        file.mkdir()
        assert_no_trace(folder, f"{inside}, a folder")
        file.rmdir()
        if before is not None:
            file.write_bytes(before)


def images_of_any_kind(chance: random.Random) -> list[tuple[str, bytes]]:
    def encoded(image: Image.Image, form: str, exif: Image.Exif | None = None) -> bytes:
        file = io.BytesIO()
        image.save(file, form, **({"exif": exif} if exif is not None else {}))
        return file.getvalue()

    values = np.random.default_rng(0).integers(0, 255, (32, 48, 3), np.uint8)
    rgb, grey = Image.fromarray(values), values[..., 0]
    kinds = [(f"{mode} as {form}", encoded(rgb.convert(mode), form))
             for mode, form in (("L", "JPEG"), ("CMYK", "JPEG"), ("1", "PNG"), ("P", "PNG"),
                                ("LA", "PNG"), ("RGBA", "PNG"), ("RGB", "TIFF"), ("P", "GIF"),
                                ("RGB", "WEBP"))]  # fmt: skip
    for kind, form in ((np.uint16, "PNG"), (np.float32, "TIFF"), (np.int32, "TIFF")):
        kinds.append((str(kind), encoded(Image.fromarray(grey.astype(kind)), form)))
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(rgb, "JPEG", exif)
        kinds.append((f"orientation {orientation}", data))
        broken = bytearray(data)
        broken[data.index(b"Exif\0\0") + chance.randrange(6, 40)] ^= 0xFF
        kinds.append(("broken EXIF", bytes(broken)))
    kinds += [(f"{told}, cut", data[: chance.randrange(len(data))]) for told, data in list(kinds)]
    one_pixel = encoded(Image.new("RGB", (1, 1)), "JPEG")
    return [*kinds, ("empty", b""), ("a page", b"<html>404"), ("one pixel", one_pixel),
            ("LFS", b"version https://git-lfs.github.com/spec/v1")]  # fmt: skip


@pytest.mark.parametrize("name", ["coco", "egohands", "labelme", "voc", "yolo"])
def test_images_of_any_kind(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    folder = tmp_path / "set"
    sown(name, folder)
    image = min(each for each in folder.rglob("*") if each.suffix in (".jpg", ".png"))
    for told, data in some(images_of_any_kind(chance), chance, 12):
        image.write_bytes(data)
        assert_no_trace(folder, told, convert=True)


@pytest.mark.parametrize("name", [each for each in SEEDS if each != "tfrecord"])
def test_images_and_folders_of_any_name(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    for new in chance.sample(NAMES, min(len(NAMES), examples(3))):
        folder = tmp_path / "set"
        sown(name, folder)
        image = min(each for each in folder.rglob("*") if each.suffix in (".jpg", ".png"))
        image.rename(image.with_name(os.fsdecode(new)))
        assert_no_trace(folder, f"an image called {new!r}", convert=True)
        renamed = folder.with_name(os.fsdecode(new.replace(b"/", b"_")[:200]))
        folder.rename(renamed)
        assert_no_trace(renamed, f"a folder called {new!r}")
        shutil.rmtree(renamed)
        shutil.rmtree(tmp_path / "made-set", ignore_errors=True)


@pytest.mark.parametrize("name", ["cvat", "coco", "label-studio", "labelme", "via", "yolo"])
def test_texts_that_are_no_names(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    folder = tmp_path / "set"
    files = [each for each in sown(name, folder) if each.suffix in (".json", ".yaml")]
    for file in files:
        data = file.read_bytes()
        for told, changed in some(list(changes_of(file, data, TEXTS)), chance, 15):
            file.write_bytes(changed)
            assert_no_trace(folder, f"{file.name}: {told!a}")
        file.write_bytes(data)


def archives_of_odd_members(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """What was done, the archive's suffix, and its bytes."""
    files = [(str(each.relative_to(folder)), each.read_bytes())
             for each in sorted(folder.rglob("*")) if each.is_file()]  # fmt: skip
    for member in MEMBERS:
        for order in (1, -1):
            zipped, tarred = io.BytesIO(), io.BytesIO()
            with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in [(member, b"x"), *files][::order]:
                    archive.writestr(name, data)
            yield f"a member {member[:40]!r}", ".zip", zipped.getvalue()
            with tarfile.open(fileobj=tarred, mode="w:gz") as tar:
                for name, data in [(member, b"x"), *files][::order]:
                    info = tarfile.TarInfo(name)
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
            yield f"a member {member[:40]!r}", ".tar.gz", tarred.getvalue()


def test_archives_with_odd_members_and_changed_bytes(tmp_path: Path) -> None:
    chance = random.Random(0)
    sown("voc", tmp_path / "set")
    made = list(archives_of_odd_members(tmp_path / "set"))
    kinds = chance.sample(made, min(len(made), examples(20)))
    for _, suffix, data in made[:2]:
        kinds += [
            (told, suffix, changed) for told, changed in changed_bytes(data, chance, examples(5))
        ]
    # A zip of a later version than Python reads, by one byte of its directory.
    newer = bytearray(made[0][2])
    newer[newer.index(b"PK\x01\x02") + 6] = 225
    for told, suffix, data in [*kinds, ("of version 22.5", ".zip", bytes(newer))]:
        path = tmp_path / f"set{suffix}"
        path.write_bytes(data)
        assert_no_trace(path, told)


def test_options_that_are_too_long_for_a_path_are_names(tmp_path: Path) -> None:
    sown("yolo", tmp_path / "set")
    found = run_main("dataset", "check", tmp_path / "set", "--classes", "x" * 5000)
    assert found.code in (0, 1)
    assert run_main("dataset", "check", "x" * 5000).text.endswith("x does not exist\n")
