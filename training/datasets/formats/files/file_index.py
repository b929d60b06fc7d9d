"""`FileIndex`: every file under a folder, walked once, for whoever looks for images or annotations.

Links are followed, except into a folder that holds them. Hidden folders and those that tools leave
behind (`__MACOSX`, `.ipynb_checkpoints`, caches) are passed over, and so are the `._` twins that
macOS puts beside each file. The walk is bounded, and says so where it ends.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from detection.images.formats import SUFFIXES as IMAGE_SUFFIXES
from training.datasets.archives.unpacking import is_temporary
from training.datasets.defects import DatasetError
from training.datasets.formats.files.disk_names import names_on_disk

LEFT_BEHIND = frozenset({
    "__macosx", "__pycache__", "node_modules", "@eadir", "$recycle.bin", "lost+found",
    "system volume information", "site-packages", "venv",
})  # fmt: skip
LEFT_BEHIND_FILES = frozenset({"thumbs.db", "desktop.ini"})
# A million images, their labels, and as many again; two folders of ImageNet's kind a level.
MAX_FILES = 4_000_000
MAX_DEPTH = 12
# The longest path that Linux takes; a link that was unpacked as a text file holds one.
_LONGEST_LINK = 1024


@dataclass(frozen=True)
class FileIndex:
    """The files under a folder.

    Args:
        root: the folder.
        files: the files' paths from the root, with `/`, sorted.
        outward: links that lead out of the root, and where to.
        on_disk: what files and folders are called whose names are no UTF-8, by their paths here.
        guessed: what such names were taken as, a sentence; empty where there are none.
        links: folders that are text files with a path in them, as git and zip tools unpack
            links where they cannot make them, and the folders that they mean.
    """

    root: Path
    files: tuple[str, ...]
    links: dict[str, Path] = field(default_factory=dict)
    outward: tuple[tuple[str, Path], ...] = ()
    on_disk: dict[str, str] = field(default_factory=dict)
    guessed: str = ""

    @classmethod
    def of(
        cls,
        root: Path,
        *,
        max_depth: int = MAX_DEPTH,
        max_files: int = MAX_FILES,
        encoding: str | None = None,
    ) -> "FileIndex":
        """Walk a folder.

        Args:
            root: the folder.
            max_depth: folders below this many others are not entered.
            max_files: how many files and folders there may be.
            encoding: what a person says of names that are no UTF-8; None to find out.

        Raises:
            DatasetError: there are more.
            OSError: the folder cannot be read.
        """
        walk = _Walk(root, max_depth, max_files)
        walk.enter(root, "", ())
        names = names_on_disk(root, walk.files, encoding)
        return cls(root, tuple(sorted(names.files)), walk.links, tuple(sorted(walk.outward)),
                   names.on_disk, names.note)  # fmt: skip

    @cached_property
    def known(self) -> frozenset[str]:
        """The files' paths, to ask whether there is one."""
        return frozenset(self.files)

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The paths of each base name."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    @cached_property
    def folder_set(self) -> frozenset[str]:
        """Every folder that holds files, at any depth; the root is the empty one."""
        found = {""}
        for path in self.files:
            folder = path.rpartition("/")[0]
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The files that are called like images."""
        return tuple(path for path in self.files if is_image_name(path))

    @cached_property
    def _lowered(self) -> tuple[str, ...]:
        """The files' paths in lower case: a dozen formats ask for theirs."""
        return tuple(map(str.lower, self.files))

    def under(self, folder: str) -> tuple[str, ...]:
        """The files in a folder and below it, by its path from the root."""
        if not folder:
            return self.files
        start = bisect_left(self.files, folder + "/")
        return self.files[start : bisect_left(self.files, folder + "0")]  # "0" follows "/"

    def directly_in(self, folder: str) -> tuple[str, ...]:
        """The files in a folder, and not below it."""
        depth = folder.count("/") + 1 if folder else 0
        return tuple(path for path in self.under(folder) if path.count("/") == depth)

    def with_suffix(self, *suffixes: str, max_depth: int = MAX_DEPTH) -> Iterator[str]:
        """The files of these suffixes (in lower case), in at most that many folders."""
        return (path for path, lowered in zip(self.files, self._lowered, strict=True)
                if lowered.endswith(suffixes) and path.count("/") <= max_depth)  # fmt: skip

    def path(self, inside: str) -> Path:
        """Where a file or folder is, by its path from the root."""
        if self.on_disk:
            inside = self.on_disk.get(inside, inside)
        for link, target in self.links.items():
            if inside == link or inside.startswith(link + "/"):
                return target / inside[len(link) + 1 :]
        return self.root / inside if inside else self.root

    def inside(self, path: Path) -> str | None:
        """A path from the root; None for one that is not below it."""
        try:
            found = path.relative_to(self.root).as_posix()
        except ValueError:
            return self._inside_link(path)
        return "" if found == "." else self._in_letters.get(found, found)

    @cached_property
    def _in_letters(self) -> dict[str, str]:
        return {path: inside for inside, path in self.on_disk.items()}

    def _inside_link(self, path: Path) -> str | None:
        for link, target in self.links.items():
            if path.is_relative_to(target):
                below = path.relative_to(target).as_posix()
                return link if below == "." else f"{link}/{below}"
        return None


def whole_path(path: Path) -> Path:
    """A path from the file system's root, without `.` and `..`; links in it stay as they are.

    Example:
        >>> whole_path(Path("/a/b/../c/./d"))
        PosixPath('/a/c/d')
    """
    return Path(os.path.normpath(path.absolute()))


def is_image_name(path: str) -> bool:
    """Whether a file is called like an image.

    Example:
        >>> is_image_name("d/A.JPG"), is_image_name("d/a.jpg.txt")
        (True, False)
    """
    return path.lower().endswith(IMAGE_SUFFIXES)


def parent(path: str) -> str:
    """The folder of a path from the root; the root is the empty one."""
    return path.rpartition("/")[0]


def parents(folder: str) -> Iterator[str]:
    """The folder, and each that holds it, up to the root."""
    while folder:
        yield folder
        folder = parent(folder)
    yield ""


@dataclass
class _Walk:
    root: Path
    max_depth: int
    max_files: int
    files: list[str] = field(default_factory=list)
    links: dict[str, Path] = field(default_factory=dict)
    outward: list[tuple[str, Path]] = field(default_factory=list)
    seen: int = 0

    def enter(self, folder: Path, inside: str, above: tuple[tuple[int, int], ...]) -> None:
        """Add a folder's files, and what is below it.

        Args:
            folder: the folder.
            inside: its path from the root.
            above: device and inode of each folder that holds it, to find a link's ring.
        """
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        if here in above:
            return
        for entry in self._entries(folder, top=not above):
            name = entry.name
            if name.startswith(".") or name.lower() in LEFT_BEHIND_FILES:
                continue
            self.seen += 1
            if self.seen > self.max_files:
                raise DatasetError(
                    f"{self.root}: more than {self.max_files} files; name the data set's own folder"
                )
            path = f"{inside}/{name}" if inside else name
            target = self._folder_of(entry)
            if entry.is_symlink() or (target is not None and target != Path(entry.path)):
                self._note_outward(path, Path(entry.path), target)
            if target is None:
                if _is_file(entry):
                    self.files.append(path)
                continue
            if name.lower() in LEFT_BEHIND or len(above) >= self.max_depth:
                continue
            if target != Path(entry.path):
                self.links[path] = target
            self.enter(target, path, (*above, here))

    def _note_outward(self, inside: str, link: Path, text_target: Path | None) -> None:
        try:
            target = (text_target or link).resolve()
        except (OSError, RuntimeError):
            return
        if not target.is_relative_to(self.root.resolve()):
            self.outward.append((inside, target))

    def _entries(self, folder: Path, *, top: bool) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except PermissionError:
            if top:
                raise
            return []

    def _folder_of(self, entry: "os.DirEntry[str]") -> Path | None:
        """The folder that an entry is, or means; None for a file."""
        try:
            if entry.is_dir():
                return Path(entry.path)
            if "." in entry.name or not 0 < entry.stat().st_size <= _LONGEST_LINK:
                return None
            text = Path(entry.path).read_bytes().decode("utf-8")
            is_path = "/" in text and text.isprintable() and not PurePosixPath(text).is_absolute()
            target = Path(entry.path).parent / text
            if not is_path or not target.is_dir():
                return None
            # What an archive's text says is nobody's wish on this machine.
            if is_temporary(self.root) and not target.resolve().is_relative_to(self.root.resolve()):
                return None
            return target.resolve()
        except (OSError, ValueError):
            return None


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:
        # A link in a ring, or a file system that has gone.
        return False
