"""Data sets in a zip or tar file."""

import io
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.archives import reading as archives
from training.datasets.archives.reading import unpack
from training.datasets.defects import DatasetError
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE, detect, read_dataset, write_dataset


def zipped(folder: Path, path: Path, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, top + file.relative_to(folder).as_posix())
    return path


def a_zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("top", ["", "my set/"])
@pytest.mark.parametrize("name", WRITABLE)
def test_every_format_is_read_out_of_a_zip(name: str, top: str, tmp_path: Path) -> None:
    make = small.with_keypoints if name == "yolo" else small.with_masks
    write_dataset(make(tmp_path), tmp_path / "out", name, WriteOptions(include_masks=True))
    path = zipped(tmp_path / "out", tmp_path / "export.zip", top)
    found, expected = read_dataset(path), read_dataset(tmp_path / "out")
    assert detect(path).name == name
    small.assert_same(found, expected, masks=name in ("coco", "tfrecord"))
    assert all(str(path) in str(image.source) or name == "tfrecord" for image in found.images)


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tgz", "tar.bz2", "tar.xz"])
def test_a_tar_file_is_read(suffix: str, tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", "coco")
    mode = {"tar": "w", "tgz": "w:gz"}.get(suffix, f"w:{suffix.rpartition('.')[2]}")
    path = tmp_path / f"set.{suffix}"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        archive.add(tmp_path / "out", "set")
    assert len(read_dataset(path)) == 4


def test_defects_notes_and_errors_name_the_archive(tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", "voc")
    (tmp_path / "out" / "JPEGImages" / "first.jpg").unlink()
    path = zipped(tmp_path / "out", tmp_path / "export.zip")
    dataset = read_dataset(path)
    (defect,) = dataset.defects
    assert defect.where.startswith(str(path))
    said = [*map(str, dataset.notes), str(defect), *(each.origin for each in dataset.images)]
    assert not any("boxwright-unpacked" in text for text in said)
    with pytest.raises(DatasetError, match=r"export\.zip looks like none .*3 images") as caught:
        read_dataset(_without(path, ".xml"))
    assert "boxwright-unpacked" not in str(caught.value)


def test_a_folder_around_everything_that_names_a_split_is_kept(tmp_path: Path) -> None:
    write_dataset(small.with_masks(tmp_path), tmp_path / "out", "voc")
    path = zipped(tmp_path / "out", tmp_path / "export.zip", "set/train/")
    assert read_dataset(path).splits == ("train",)


def _without(path: Path, suffix: str) -> Path:
    other = path.with_name("other") / path.name
    other.parent.mkdir()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():
            if not info.filename.endswith(suffix):
                new.writestr(info, old.read(info))
    return other


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"]
)
def test_a_member_that_leaves_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", **{"good.txt": b"x", name: b"x"})
    with pytest.raises(DatasetError, match="leaves the folder; nothing was read"):
        unpack(path)


def test_links_are_not_made_and_are_told(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("set/link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc")
        archive.writestr("set/a.txt", "a")
    unpacked = unpack(path)
    assert unpacked.passed_over == ["set/link"]
    assert [each.name for each in unpacked.folder.rglob("*")] == ["set", "a.txt"]


def test_what_macos_and_windows_put_into_zips(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/set/._a.txt", "x")
        archive.writestr("set/.DS_Store", "x")
        archive.writestr("set\\labels\\b.txt", "b")
    unpacked = unpack(path)
    found = {
        each.relative_to(unpacked.folder).as_posix() for each in unpacked.folder.rglob("*.txt")
    }
    assert "set/labels/b.txt" in found
    assert not any("MACOSX" in name for name in found)


def test_names_in_utf_8_without_the_flag(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", **{"name-of-9.txt": b"x"})
    data = path.read_bytes().replace(b"name-of-9.txt", "näme-öf.txt".encode())
    path.write_bytes(data)
    assert [each.name for each in unpack(path).folder.iterdir()] == ["näme-öf.txt"]


def test_a_bomb_is_refused_by_what_it_announces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.datasets.archives.unpacking.ALWAYS_TAKEN_BYTES", 1 << 20)
    path = a_zip(tmp_path / "a.zip", zeros=b"\0" * (64 << 20))
    assert path.stat().st_size < 1 << 17
    with pytest.raises(DatasetError, match="unpacks to 64 MB, more than the 1 MB"):
        unpack(path)


def test_a_bomb_that_lies_about_its_size_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.datasets.archives.unpacking.ALWAYS_TAKEN_BYTES", 1 << 20)
    path = a_zip(tmp_path / "a.zip", zeros=b"\0" * (64 << 20))
    size = struct.pack("<I", 64 << 20)
    path.write_bytes(path.read_bytes().replace(size, struct.pack("<I", 9)))
    with pytest.raises(DatasetError, match=str(path)):
        unpack(path)


def test_too_many_members_are_refused_before_the_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_zip(tmp_path / "a.zip", **{f"{number}.txt": b"" for number in range(20)})
    monkeypatch.setattr(archives, "MAX_MEMBERS", 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(DatasetError, match="20 files, more than the 10 allowed in an archive"):
        read_dataset(path)


def test_the_count_of_a_zip64_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(66_000):
            archive.writestr(str(number), b"")
    monkeypatch.setattr(archives, "MAX_MEMBERS", 65_600)
    with pytest.raises(DatasetError, match="66000 files, more than the 65600"):
        archives.check_announced(path)


def test_an_encrypted_and_a_broken_zip_say_so(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", **{"a.txt": b"x"})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DatasetError, match="encrypted"):
        unpack(path)
    path.write_bytes(bytes(data[:40]))
    with pytest.raises(DatasetError, match=str(path)):
        read_dataset(path)


def test_a_broken_tar_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(b"\x1f\x8b\x08nothing")
    with pytest.raises(DatasetError, match=str(path)):
        read_dataset(path)
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        info = tarfile.TarInfo("../evil")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(DatasetError, match="leaves the folder"):
        read_dataset(tmp_path / "b.tar")


@pytest.mark.parametrize("suffix", ["zip", "tar.gz", "tar.bz2", "tar.xz"])
def test_compressed_data_that_was_changed_says_so(suffix: str, tmp_path: Path) -> None:
    """A flipped bit in each place: some are in names, some in what decompressors read."""
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", "kitti")
    path = tmp_path / f"set.{suffix}"
    if suffix == "zip":
        zipped(tmp_path / "out", path)
    else:
        with tarfile.open(path, f"w:{suffix.rpartition('.')[2]}") as archive:  # type: ignore[call-overload]
            archive.add(tmp_path / "out", "set")
    data = path.read_bytes()
    refused = 0
    for at in range(0, len(data), max(1, len(data) // 60)):
        changed = bytearray(data)
        changed[at] ^= 0x55
        path.write_bytes(bytes(changed))
        try:
            read_dataset(path)
        except DatasetError as error:
            refused += 1
            assert str(path) in str(error)  # noqa: PT017 (either is right)
    assert refused > 20


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", **{"a.txt": b"x"})
    assert unpack(path).folder == unpack(path).folder
