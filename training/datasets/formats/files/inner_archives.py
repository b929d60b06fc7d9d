"""Archives that lie in a data set's folder, read as the folders that they would be unpacked to.

`train.zip` and `valid.zip`, or `images.zip` beside `labels.zip`, are how data sets are downloaded.
What lies beside its own archive unpacked already is not read twice.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from training.datasets.archives.reading import (
    TAR_SUFFIXES,
    Member,
    check_announced,
    first_members,
    is_archive,
)
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.files.unpacked import OpenedArchive
from training.datasets.formats.splits.folders import split_of_word
from training.datasets.notes import Note, NoteKind

_SUFFIXES = (".zip", *TAR_SUFFIXES)
_OF_OTHER_PROGRAMS = (".7z", ".rar")
MAX_ARCHIVES = 50
# Folders above an archive, and archives around it.
_MAX_FOLDERS, _MAX_LEVELS = 3, 3
# What is unpacked of a folder without being asked: more is a person's to decide.
MAX_BYTES = 8 << 30


@dataclass
class InnerArchives:
    """What came of the archives in a folder.

    Args:
        index: the folder's files, and those of the archives.
        opened: the archives that were unpacked.
        notes: what was read as a folder, and what was not.
        bytes_left: how much more may be unpacked.
        encoding: as `ReadOptions.encoding`, for the names in archives.
        places: the folder that each archive was unpacked as, by its path from the root.
    """

    index: FileIndex
    opened: list[OpenedArchive] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    bytes_left: int = field(default_factory=lambda: MAX_BYTES)
    encoding: str | None = None
    places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, index: FileIndex, encoding: str | None = None) -> "InnerArchives":
        """The index with every archive in it unpacked, those in archives too."""
        found = cls(index, encoding=encoding)
        looked: set[str] = set()
        for _ in range(_MAX_LEVELS):
            paths = [path for path in found.index.with_suffix(*_SUFFIXES, *_OF_OTHER_PROGRAMS,
                                                              max_depth=_MAX_FOLDERS)
                     if path not in looked]  # fmt: skip
            looked.update(paths)
            for path in paths[:MAX_ARCHIVES]:
                found._take(path)
            if not paths:
                break
        return found

    def named(self, dataset: Dataset) -> Dataset:
        """The data set with the archives' names in every place, not those of temporary folders."""
        for each in reversed(self.opened):
            dataset = each.named(dataset)
        return dataset

    def named_error(self, error: DatasetError) -> DatasetError:
        """The error with the archives' names."""
        for each in reversed(self.opened):
            error = each.named_error(error)
        return error

    def _take(self, inside: str) -> None:
        path = self.index.path(inside)
        if inside.lower().endswith(_OF_OTHER_PROGRAMS):
            self._leave(inside, "an archive that is not unpacked here: unpack it where it lies")
            return
        if not is_archive(path):
            return
        try:
            check_announced(path)
            members = first_members(path)
            if self._is_there(members.files):
                self._leave(inside, "its files lie unpacked beside it")
                return
            if members.total > self.bytes_left:
                megabytes = f"{members.total >> 20} MB, more than is unpacked without being asked"
                self._leave(inside, f"it has {megabytes}: unpack it where it lies ({_how(path)})")
                return
            opened = OpenedArchive.of(path, descend=False, encoding=self.encoding)
        except DatasetError as error:
            self._leave(inside, str(error).removeprefix(f"{path}: "))
            return
        self.bytes_left -= members.total
        self._mount(inside, opened)

    def _is_there(self, members: Sequence[Member]) -> bool:
        """Whether most of an archive's first files are there."""
        there = 0
        for each in members:
            same = self.index.by_name.get(PurePosixPath(each.name).name, ())
            there += any(each.is_of(self.index.path(path)) for path in same)
        return 2 * there > len(members)

    def _mount(self, inside: str, opened: OpenedArchive) -> None:
        """Take an archive's files as those of a folder of its name, or of the one folder in it."""
        folder, stem = opened.root, PurePosixPath(inside).name
        for suffix in sorted(_SUFFIXES, key=len, reverse=True):
            if stem.lower().endswith(suffix):
                stem = stem[: -len(suffix)]
                break
        entries = list(folder.iterdir())
        if len(entries) == 1 and entries[0].is_dir():
            folder = entries[0]
        above = str(PurePosixPath(inside).parent)
        beside = "" if above == "." else f"{above}/"
        taken = self.index.folder_set
        # `train.zip` says more than the folder `set` in it; `download.zip` says less.
        inner_name = folder.name if folder != opened.root and not split_of_word(stem) else stem
        names = (inner_name, stem, f"{stem} (unpacked)")
        name = next((each for each in names if beside + each not in taken), names[-1])
        inner = FileIndex.of(folder)
        place = beside + name
        files = sorted({*self.index.files, *(f"{place}/{each}" for each in inner.files)})
        links = {f"{place}/{link}": target for link, target in inner.links.items()}
        on_disk = {f"{place}/{each}": f"{place}/{path}" for each, path in inner.on_disk.items()}
        self.index = replace(
            self.index, files=tuple(files), links={**self.index.links, **links, place: folder},
            on_disk={**self.index.on_disk, **on_disk},
        )  # fmt: skip
        self.opened.append(replace(opened, folder=folder))
        self.places[inside] = place
        self.notes.append(Note(NoteKind.READ, f"unpacked, as the folder {place}", inside))

    def _leave(self, inside: str, why: str) -> None:
        self.notes.append(Note(NoteKind.UNUSED, why, inside))


def archives_in(index: FileIndex) -> list[str]:
    """The archives directly in a folder."""
    return list(index.with_suffix(*_SUFFIXES, *_OF_OTHER_PROGRAMS, max_depth=0))


def _how(path: Path) -> str:
    """The command that unpacks an archive where it lies."""
    name, folder = shlex.quote(str(path)), shlex.quote(str(path.parent))
    is_zip = path.suffix.lower() == ".zip"
    return f"unzip {name} -d {folder}" if is_zip else f"tar -xf {name} -C {folder}"
