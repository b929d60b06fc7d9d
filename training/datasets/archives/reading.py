"""Data sets that came as a zip or tar file, unpacked into a folder that goes with the process.

What an archive says of itself is not believed: names that leave the folder are refused, links are
not made, and files and bytes are counted before and while they are written.
"""

import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from training.datasets.archives.archive_names import is_unmarked, zip_names
from training.datasets.archives.text_samples import GLANCE_BYTES
from training.datasets.archives.unpacking import (
    CHUNK_BYTES,
    copy_at_most,
    is_file,
    most_bytes,
    printable,
    temporary_folder,
)
from training.datasets.defects import DatasetError
from training.datasets.held_files import HeldFiles

# A million images take a gigabyte of memory as members alone.
MAX_MEMBERS = 1_000_000
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
TAR_SUFFIXES = (".tar", ".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz")
# A zip's last record, and its twin for more than 65535 members: how many members there are.
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_LONGEST_END = 65_536 + 22 + 20 + 56
_ENCRYPTED = 0x1
# What the readers of archives raise on broken ones.
ZIP_ERRORS = (zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError, EOFError,
               ValueError, struct.error, LookupError, zlib.error, lzma.LZMAError)  # fmt: skip
# A file's name, whether that is not to be read before all are known, and its bytes; None of a link.
_Content = tuple[str, bool, Iterator[bytes] | None]


@dataclass
class Unpacked:
    """What came of an archive.

    Args:
        folder: where its files are.
        passed_over: members that were not unpacked: links, and the second of a name.
        guessed: what the members' names were taken as, a sentence; empty where nothing was guessed.
    """

    folder: Path
    passed_over: list[str] = field(default_factory=list)
    guessed: str = ""


def is_archive(path: Path) -> bool:
    """Whether a file begins like a zip, or is a tar file by its name."""
    if not is_file(path):
        return False
    if path.name.lower().endswith(TAR_SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) in _ZIP_STARTS
    except OSError:
        return False


def check_announced(path: Path) -> None:
    """Look at how many members a zip announces, before its directory is read.

    Raises:
        DatasetError: there are more than are taken, or it cannot be read.
    """
    try:
        _check_count(path, 0 if _is_tar(path) else _announced_members(path))
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name, size in bytes, and checksum where the archive has one."""

    name: str
    size: int
    crc: int | None = None

    def is_of(self, path: Path) -> bool:
        """Whether a file has the same bytes, as far as the archive says."""
        try:
            if path.stat().st_size != self.size:
                return False
            return self.crc is None or zlib.crc32(path.read_bytes()) == self.crc
        except OSError:
            return False


@dataclass(frozen=True)
class FirstMembers:
    """What an archive says of itself.

    Args:
        files: its first ones.
        total: bytes of all of them in a zip; at least the archive's own.
    """

    files: tuple[Member, ...]
    total: int


def first_members(path: Path, most: int = 20) -> FirstMembers:
    """Look at an archive's first files without unpacking any.

    Args:
        path: the archive, whose announced members were checked.
        most: so many are told.

    Raises:
        DatasetError: it is damaged, or cannot be read.
    """
    try:
        size = path.stat().st_size
        if _is_tar(path):
            with tarfile.open(path, "r:*", encoding="utf-8") as archive:
                files = (info for info in islice(archive, 10 * most) if info.isfile())
                first = tuple(Member(info.name, info.size) for info in islice(files, most))
            return FirstMembers(first, size)
        with zipfile.ZipFile(path) as zipped:
            infos = [info for info in zipped.infolist() if not info.is_dir()
                     and not _is_left_behind(info.filename)]  # fmt: skip
            names = zip_names(zipped, infos[:most], text_bytes=GLANCE_BYTES).names
        first = tuple(Member(name, info.file_size, info.CRC)
                      for name, info in zip(names, infos, strict=False))  # fmt: skip
        return FirstMembers(first, max(size, sum(info.file_size for info in infos)))
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror or error}") from error
    except ZIP_ERRORS as error:
        raise DatasetError(f"{path}: damaged, or no archive that is read: {error}") from error


def _is_left_behind(name: str) -> bool:
    """Whether a member is what systems leave in archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith(("._", ".DS_Store"))


def unpack(path: Path, encoding: str | None = None) -> Unpacked:
    """Unpack an archive, once in the life of the process while it stays the same.

    Args:
        path: the archive.
        encoding: what a person says of names that it does not mark; None to find out.

    Raises:
        DatasetError: it is damaged, encrypted, unpacks to more than is taken, or has a member whose
            name leaves the folder.
    """
    try:
        status = path.stat()
        return _unpacked(path.resolve(), status.st_size, status.st_mtime_ns, encoding)
    except DatasetError as error:
        raise DatasetError(str(error).replace(str(path.resolve()), str(path))) from error
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror or error}") from error
    except ZIP_ERRORS as error:
        raise DatasetError(f"{path}: damaged, or no archive that is read: {error}") from error


@lru_cache(maxsize=64)
def _unpacked(path: Path, size: int, _changed: int, encoding: str | None) -> Unpacked:
    unpacked = Unpacked(temporary_folder())
    left = most_bytes(size)
    held = HeldFiles()
    members = _tar_members(path, left) if _is_tar(path) else _zip_members(path, left, unpacked,
                                                                          encoding)  # fmt: skip
    for name, is_held, data in members:
        target = _target(unpacked.folder, path, name)
        if data is None or target is None or target.exists():
            unpacked.passed_over.append(printable(name))
            continue
        if is_held:
            target = held.place_of(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            left -= copy_at_most(data, file, left, str(path))
    if held:
        names = held.names(unpacked.folder, encoding)
        unpacked.guessed = names.note
        unpacked.passed_over += held.move(
            _target(unpacked.folder, path, name) for name in names.names
        )
    return unpacked


def _target(folder: Path, archive: Path, name: str) -> Path | None:
    """Where a member goes; None for what systems leave in archives.

    Raises:
        DatasetError: outside of the folder.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or any(":" in part for part in parts[:1]):
        raise DatasetError(
            f"{archive}: the member {name[:200]!r} leaves the folder; nothing was read"
        )
    if _is_left_behind(name):
        return None
    return folder.joinpath(*parts)


def _zip_members(
    path: Path, most: int, unpacked: Unpacked, encoding: str | None
) -> Iterator[_Content]:
    """The name of each file and its bytes; None in the place of those of a link."""
    _check_count(path, _announced_members(path))
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _check_count(path, len(infos))
        _check_bytes(path, sum(info.file_size for info in infos), most)
        names = zip_names(archive, infos, encoding)
        unpacked.guessed = names.note
        for name, info in zip(names.names, infos, strict=True):
            if info.flag_bits & _ENCRYPTED:
                raise DatasetError(f"{path}: encrypted; unpack it and name the folder")
            # Windows' tools write folders as such members.
            if name.endswith("\\"):
                continue
            if stat.S_ISLNK(info.external_attr >> 16):
                yield name, False, None
                continue
            with archive.open(info) as member:
                yield name, False, _chunks(member)


def _tar_members(path: Path, most: int) -> Iterator[_Content]:
    total = 0
    with tarfile.open(path, "r:*", encoding="utf-8") as archive:
        for number, info in enumerate(archive, 1):
            _check_count(path, number)
            total += info.size
            _check_bytes(path, total, most)
            if info.isdir():
                continue
            member = archive.extractfile(info) if info.isfile() else None
            data = None if member is None else _chunks(member)
            yield info.name, is_unmarked(info), data


def _chunks(member: IO[bytes]) -> Iterator[bytes]:
    while chunk := member.read(CHUNK_BYTES):
        yield chunk


def _announced_members(path: Path) -> int:
    """How many members a zip's last record announces; 0 where there is none."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LONGEST_END))
        end = file.read()
    at, at_64 = end.rfind(_END), end.rfind(_END_64)
    if at < 0 or len(end) < at + 12:
        return 0
    (count,) = struct.unpack_from("<H", end, at + 10)
    if count == 0xFFFF and 0 <= at_64 < len(end) - 40:
        (count,) = struct.unpack_from("<Q", end, at_64 + 32)
    return int(count)


def _check_count(path: Path, count: int) -> None:
    if count > MAX_MEMBERS:
        raise DatasetError(
            f"{path}: {count} files, more than the {MAX_MEMBERS} allowed in an archive; "
            "unpack it by hand and name the folder"
        )


def _check_bytes(path: Path, total: int, most: int) -> None:
    if total > most:
        raise DatasetError(
            f"{path}: unpacks to {total >> 20} MB, more than the {most >> 20} MB allowed; "
            "unpack it by hand and name the folder"
        )


def _is_tar(path: Path) -> bool:
    return path.name.lower().endswith(TAR_SUFFIXES)
