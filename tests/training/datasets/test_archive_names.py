"""Names in archives and on the disk in the encodings that old tools write, and what tells them."""

import io
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.support.command_line import run_main
from training.datasets.archives.reading import first_members
from training.datasets.archives.text_samples import GLANCE_BYTES
from training.datasets.dataset import Dataset
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset
from training.datasets.notes import NoteKind


def jpeg(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (9, 99, 9)).save(buffer, "JPEG")
    return buffer.getvalue()


def voc(file_name: str) -> bytes:
    return (
        f"<annotation><filename>{file_name}</filename><size><width>64</width><height>48</height>"
        "<depth>3</depth></size><object><name>cup</name><bndbox><xmin>3</xmin><ymin>4</ymin>"
        "<xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"
    ).encode()


def members(names: list[str], *, in_xml: bool) -> dict[str, bytes]:
    """An image and its annotations, which name it in UTF-8 or not at all."""
    found: dict[str, bytes] = {}
    for name in names:
        found[f"{name}.jpg"] = jpeg(64, 48)
        if in_xml:
            found[f"{name}.xml"] = voc(f"{name}.jpg")
        else:
            found[f"{name}.txt"] = b"0 .5 .5 .3 .3\n"
    return found


class Unmarked(zipfile.ZipInfo):
    """A member whose name is written in an encoding without a word on it."""

    encoding = ""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 (zipfile's name)
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def zipped(path: Path, files: dict[str, bytes], encoding: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            info = Unmarked(name)
            info.encoding = encoding
            archive.writestr(info, data)
    return path


def guesses(dataset: Dataset) -> str:
    return "\n".join(str(note) for note in dataset.notes if note.kind is NoteKind.GUESSED)


NAMES = [
    ("cp437", ["Käse1", "Käse2"]),
    ("cp437", ["é1"]),
    ("cp850", ["Año1", "Ørn2"]),
    ("cp852", ["žába1", "łódź2"]),
    ("cp866", ["кошка1", "жук2"]),  # noqa: RUF001
    ("cp932", ["猫1", "犬2", "画像3"]),
    ("gbk", ["图片0", "图片1"]),
    ("gbk", ["猫1", "狗2"]),
    ("euc_kr", ["고양이1", "개2"]),
    ("big5", ["貓1", "圖片2"]),
    ("cp1252", ["Käse1", "Öl2"]),
    ("cp1250", ["žába1", "kůň2"]),
]


@pytest.mark.parametrize("in_xml", [True, False])
@pytest.mark.parametrize(("encoding", "names"), NAMES)
def test_names_of_old_zip_tools_are_read_and_told(
    encoding: str, names: list[str], in_xml: bool, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "a.zip", members(names, in_xml=in_xml), encoding)
    dataset = read_dataset(path, options=ReadOptions(classes=("cup",)))
    assert sorted(each.name for each in dataset.images) == sorted(f"{n}.jpg" for n in names)
    assert not dataset.defects
    assert f"such as {names[0]}.jpg, taken as" in guesses(dataset)
    assert "--encoding NAME takes them otherwise" in guesses(dataset)


def test_a_name_of_one_letter_that_is_utf_8_by_chance_is_told_by_the_annotations(
    tmp_path: Path,
) -> None:
    path = zipped(tmp_path / "a.zip", members(["猫1"], in_xml=True), "gbk")
    assert [each.name for each in read_dataset(path).images] == ["猫1.jpg"]


def test_where_nothing_tells_of_utf_8_by_chance_both_are_named(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", members(["猫1"], in_xml=False), "gbk")
    options = ReadOptions(classes=("cup",))
    dataset = read_dataset(path, options=options)
    assert [each.name for each in dataset.images] == ["è1.jpg"]
    assert "they may be gb18030 (猫1.jpg); --encoding gb18030 takes them so" in guesses(dataset)
    said = read_dataset(path, options=ReadOptions(classes=("cup",), encoding="gb18030"))
    assert [each.name for each in said.images] == ["猫1.jpg"]


def test_utf_8_that_macos_does_not_mark_is_no_guess(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", members(["Käse1", "图片"], in_xml=True), "utf-8")
    dataset = read_dataset(path)
    assert sorted(each.name for each in dataset.images) == ["Käse1.jpg", "图片.jpg"]
    assert "names" not in guesses(dataset)


def test_an_encoding_that_was_said_does_not_spoil_names_that_agree_without(tmp_path: Path) -> None:
    files = members(["Käse1"], in_xml=True)
    path = zipped(tmp_path / "a.zip", files, "cp437")
    # The texts' may be Windows' where the names' is the console's.
    dataset = read_dataset(path, options=ReadOptions(encoding="cp1252"))
    assert [each.name for each in dataset.images] == ["Käse1.jpg"]


@pytest.mark.parametrize("is_right", [True, False])
def test_info_zips_unicode_path_goes_first_where_it_is_of_that_name(
    is_right: bool, tmp_path: Path
) -> None:
    raw, real = b"K_se \x84.jpg", "Käse 图.jpg"

    class WithField(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 (zipfile's name)
            return raw, 0

    info = WithField("a.jpg")
    checksum = zlib.crc32(raw if is_right else b"another")
    field = b"\x01" + struct.pack("<I", checksum) + real.encode()
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, jpeg(64, 48))
        archive.writestr("a.xml", voc(real if is_right else "K_se ä.jpg"))
    dataset = read_dataset(path)
    assert [each.name for each in dataset.images] == [real if is_right else "K_se ä.jpg"]
    assert ("taken as cp437" in guesses(dataset)) is not is_right


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize(
    ("encoding", "names"), [("latin-1", ["Käse1"]), ("gbk", ["猫1"]), ("gbk", ["图片0", "狗"])]
)
def test_names_in_tar_files(encoding: str, names: list[str], form: int, tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz", format=form, encoding=encoding) as archive:
        for name, data in members(names, in_xml=True).items():
            info = tarfile.TarInfo(f"set/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    dataset = read_dataset(path)
    assert sorted(each.name for each in dataset.images) == sorted(f"{n}.jpg" for n in names)
    # Pax headers say UTF-8.
    assert ("does not mark" in guesses(dataset)) == (form != tarfile.PAX_FORMAT)


def test_names_on_the_disk_that_are_no_utf_8(tmp_path: Path) -> None:
    folder = tmp_path / "set" / os.fsdecode("图片".encode("gbk"))
    folder.mkdir(parents=True)
    for name, data in members(["猫1", "狗2"], in_xml=True).items():
        (folder / os.fsdecode(name.encode("gbk"))).write_bytes(data)
    dataset = read_dataset(tmp_path / "set")
    assert sorted(each.name.rpartition("/")[2] for each in dataset.images) == [
        "狗2.jpg",
        "猫1.jpg",
    ]
    assert "not UTF-8 on the disk" in guesses(dataset)
    assert all(each.source.exists() for each in dataset.images)


def test_what_the_command_line_says_of_such_names(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / os.fsdecode(b"K\xe4se.jpg")).write_bytes(jpeg(64, 48))
    (folder / os.fsdecode(b"K\xe4se.txt")).write_bytes(b"0 .5 .5 .3 .3\n")
    outcome = run_main("dataset", "check", tmp_path / "set", "--classes", "cup")
    assert outcome.code == 0, outcome.text
    assert "such as Käse.jpg, taken as cp1252" in outcome.text


def test_a_glance_at_an_archive_reads_little_of_its_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"K\xc3\xa4se.jpg " * 200_000
    path = zipped(tmp_path / "set.zip", {"Käse.jpg": b"x", "names.txt": text}, "cp437")
    read: list[int] = []
    original = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        data = original(self, n)
        read.append(len(data))
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    assert [each.name for each in first_members(path).files] == ["Käse.jpg", "names.txt"]
    assert 0 < sum(read) <= GLANCE_BYTES
