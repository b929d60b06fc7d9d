"""`SourceFiles`: what a reader is given: the files there, the images, and an account to keep.

Every file below the path ends up read, used as an image, or in a note: a reader says which it has
read with `use`, and `unread` says in the end what nobody has.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from training.datasets.formats.files.file_index import FileIndex, is_image_name
from training.datasets.formats.files.image_finder import ImageFinder
from training.datasets.formats.files.inner_archives import InnerArchives, archives_in
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.lists import SplitLists
from training.datasets.name_evidence import words_of
from training.datasets.notes import Note, NoteKind, counted, listed

# Folders beside which the images' lie: of a file in one of them the folder above is searched too.
ANNOTATION_FOLDERS = frozenset(
    {"annotations", "annotation", "annots", "labels", "lists", "xmls", "json", "jsons"}
)
# Folders of images whose colors are classes, with those that annotations lie in.
_MASKS = ANNOTATION_FOLDERS | {
    "trimaps", "trimap", "masks", "mask", "segmentationclass", "segmentationobject",
    "segmentationclassraw", "segmentation", "segmentations",
}  # fmt: skip
_MASK_SUFFIXES = (".png", ".bmp", ".gif", ".tif", ".tiff")
# Enough to see a JSON file's keys, or an XML file's root, past a long list of licences.
HEAD_BYTES = 8192
# Of names that are not ASCII, to tell an encoding by.
_NAMES_LOOKED_AT = 1000
# What comes with data sets and holds no annotations.
SAID_BY_NOBODY = frozenset({
    "readme", "readme.md", "readme.txt", "readme.dataset.txt", "readme.roboflow.txt", "license",
    "license.txt", "license.md", "label_map.pbtxt", "notes.json", "changelog.md", "citation.cff",
})  # fmt: skip


class SourceFiles:
    """The files of one data set, walked once when they are first asked for.

    Args:
        path: what was named: a folder or a file.
        options: whose folder of images, if any, goes first.

    Attributes:
        path: as given.
        root: the folder that is searched: the path, or the one that the file is in.
        encoding: what a person says that text is in; None to find out.
        notes: what is to be said of what was read, passed over or guessed.
    """

    def __init__(self, path: Path, options: ReadOptions | None = None) -> None:
        self.path = path
        self.root = path if path.is_dir() else _root_of(path)
        self.notes: list[Note] = []
        self._options = options or ReadOptions()
        self.encoding = self._options.encoding
        self._used: set[str] = set()
        self._heads: dict[tuple[str, bool], bytes] = {}

    @cached_property
    def index(self) -> FileIndex:
        """Every file below the root, those in archives too where a folder was named.

        Raises:
            DatasetError: there are too many for a data set.
        """
        return self.archives.index

    def has_one_of(self, suffixes: tuple[str, ...]) -> bool:
        """Whether a file of one of these suffixes (in lower case) is there, or a file was named."""
        return self.path.is_file() or any(self.index.with_suffix(*suffixes))

    @cached_property
    def archives(self) -> InnerArchives:
        """The archives below the root; none are opened beside a file that was named."""
        found = InnerArchives(FileIndex.of(self.root, encoding=self.encoding))
        if found.index.guessed:
            self.note(NoteKind.GUESSED, found.index.guessed)
        self._note_outward(found.index)
        if self.path.is_dir():
            found = InnerArchives.of(found.index, self.encoding)
            self.notes += found.notes
            self.use(*(note.where for note in found.notes))
        elif beside := archives_in(found.index):
            message = f"archives beside the file that was named: {listed(beside)}; name the folder"
            self.note(NoteKind.UNUSED, f"{message} to have them read too", self.path)
        return found

    def _note_outward(self, index: FileIndex) -> None:
        """A note on links that lead out of the root: they are somebody's wish, and followed."""
        if index.outward and self.path.is_dir():
            links = [f"{inside} -> {target}" for inside, target in index.outward]
            message = f"{counted(len(links), 'link')} followed out of the folder: {listed(links)}"
            self.note(NoteKind.READ, message)

    @cached_property
    def images(self) -> ImageFinder:
        """Finds the images that annotations speak of."""
        first = self._options.images_dir
        first_index = FileIndex.of(first, encoding=self.encoding) if first is not None else None
        if first_index is not None and first_index.guessed:
            self.note(NoteKind.GUESSED, first_index.guessed, first_index.root)
        images = chain(self.index.images, first_index.images if first_index else ())
        is_beside = self.root.absolute().name.lower() in ANNOTATION_FOLDERS
        return ImageFinder(
            self.index,
            first_index,
            self.root.parent if self.path.is_file() or is_beside else None,
            lists=SplitLists.of(self.index, images, self.encoding),
        )

    @cached_property
    def words_of_names(self) -> frozenset[str]:
        """The words in images' names that are not ASCII, by which texts' encodings are told."""
        indexes = [self.index, *([self.images.first] if self.images.first is not None else [])]
        names = (path for each in indexes for path in each.images if not path.isascii())
        return words_of("\n".join(islice(names, _NAMES_LOOKED_AT)))

    def path_of(self, inside: str) -> Path:
        """Where a file is, by its path from the root."""
        return self.path if self.path.is_file() else self.index.path(inside)

    def head(self, inside: str, *, with_end: bool = False) -> bytes:
        """The beginning of a file, and its end if wanted, without UTF-16's zeros; for a glance.

        Args:
            inside: the file's path from the root.
            with_end: whether its end follows, after a line break.

        Returns:
            At most `HEAD_BYTES` of each; nothing where the file cannot be read.
        """
        key = (inside, with_end)
        if key not in self._heads:
            self._heads[key] = _read_ends(self.path_of(inside), with_end=with_end)
        return self._heads[key]

    def inside(self, path: Path) -> str:
        """A path from the root; what is not below it as it is."""
        found = self.index.inside(path)
        return path.as_posix() if found is None else found

    def use(self, *paths: str | Path) -> None:
        """Keep an account of files that were read: paths from the root, or whole ones."""
        for path in paths:
            self._used.add(self.inside(path) if isinstance(path, Path) else path)

    def note(self, kind: NoteKind, message: str, where: str | Path = "") -> None:
        """Keep a note; `where` is a file, folder or record of this data set."""
        self.notes.append(Note(kind, message, str(where)))

    def seen(self) -> str:
        """What is there, for the message that nothing of it could be read."""
        if not self.path.is_dir():
            return f"a file of {counted(self.path.stat().st_size, 'byte')}"
        images = self.index.images
        others = [path for path in self.index.files if not is_image_name(path)]
        if not self.index.files:
            return "the folder is empty"
        found = f"{counted(len(images), 'image')} ({listed(images)})" if images else "no images"
        if not others:
            return f"it has {found} and no annotations"
        return f"it has {found}, and {_by_suffix(others)}: {listed(others)}"

    def found_otherwise(self) -> list[Note]:
        """Notes on images that were found by another name than the annotation's."""
        uploads = [f"{said} as {file}" for said, file in self.images.before_upload.items()]
        if not uploads:
            return []
        message = f"{counted(len(uploads), 'image')} by the name before an upload"
        return [Note(NoteKind.GUESSED, f"{message}: {listed(uploads)}")]

    def unread(self) -> list[Note]:
        """Notes on what was neither read nor asked for as an image; none where a file was named."""
        if not self.path.is_dir():
            return []
        rest = [each for each in self.index.files
                if each not in self._used and each not in self.images.used
                and PurePosixPath(each).name.lower() not in SAID_BY_NOBODY]  # fmt: skip
        masks = self._masks(rest)
        images = [each for each in rest if is_image_name(each) and each not in masks]
        notes = []
        if images:
            message = (
                f"no annotation was read for {counted(len(images), 'image')}: {listed(images)}"
            )
            notes.append(Note(NoteKind.UNUSED, message))
        others = [each for each in rest if not is_image_name(each)]
        if others:
            message = f"{_by_suffix(others)}: {listed(others)}"
            notes.append(Note(NoteKind.UNUSED, message))
        if masks:
            message = f"{counted(len(masks), 'mask')} of images: {listed(list(masks))}"
            notes.append(Note(NoteKind.UNUSED, message))
        return notes

    def _masks(self, rest: Iterable[str]) -> dict[str, None]:
        """Of some files those that are called like an image elsewhere, in a folder of masks."""
        found = {path: None for path in rest if _MASKS.intersection(path.lower().split("/")[:-1])
                 and path.lower().endswith(_MASK_SUFFIXES)}  # fmt: skip
        stems = {PurePosixPath(path).stem for path in self.index.images
                 if path not in found} if found else set()  # fmt: skip
        return {path: None for path in found if PurePosixPath(path).stem in stems}


def _read_ends(path: Path, *, with_end: bool) -> bytes:
    try:
        with path.open("rb") as file:
            parts = [file.read(HEAD_BYTES)]
            size = file.seek(0, 2)
            if with_end and size > HEAD_BYTES:
                file.seek(max(HEAD_BYTES, size - HEAD_BYTES))
                parts.append(file.read(HEAD_BYTES))
    except OSError:
        return b""
    return b"\n".join(part.replace(b"\0", b"") for part in parts)


def _root_of(file: Path) -> Path:
    folder = file.parent
    return folder.parent if folder.name.lower() in ANNOTATION_FOLDERS else folder


def _by_suffix(paths: Iterable[str]) -> str:
    """How many of each suffix.

    Example:
        >>> _by_suffix(["a.json", "b.json", "c.txt"])
        '2 .json files, 1 .txt file'
    """
    counts = Counter(PurePosixPath(path).suffix.lower() for path in paths)
    return ", ".join(
        counted(count, f"{suffix} file" if suffix else "file without a suffix",
                "" if suffix else "files without a suffix")
        for suffix, count in counts.most_common()
    )  # fmt: skip
