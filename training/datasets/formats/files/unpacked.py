"""Reading an archive's data set: every message names the archive, not where it was unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from training.datasets.archives.reading import unpack
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, Defect, NothingRead
from training.datasets.formats.splits.folders import split_of_word
from training.datasets.notes import Note, NoteKind, counted, listed
from training.datasets.sources import FileImage, ImageSource


@dataclass(frozen=True, slots=True)
class UnpackedImage(FileImage):
    """An image that came in an archive.

    Args:
        shown: its place in the archive, for messages.
    """

    shown: str = ""

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class OpenedArchive:
    """An archive that is unpacked.

    Args:
        path: the archive.
        root: where it was unpacked.
        folder: the data set's: the root, or the only folder in it.
        passed_over: members that were not unpacked.
        guessed: what the members' names were taken as; empty where they are marked.
    """

    path: Path
    root: Path
    folder: Path
    passed_over: tuple[str, ...] = ()
    guessed: str = ""

    @classmethod
    def of(
        cls, path: Path, *, descend: bool = True, encoding: str | None = None
    ) -> "OpenedArchive":
        """Unpack an archive.

        Args:
            path: the archive.
            descend: whether a folder around everything is the data set's.
            encoding: as `ReadOptions.encoding`.

        Raises:
            DatasetError: it cannot be.
        """
        unpacked = unpack(path, encoding)
        left = tuple(name for name in unpacked.passed_over if not _is_left_behind(name))
        folder = unpacked.folder
        while (
            descend
            and len(inside := list(folder.iterdir())) == 1
            and inside[0].is_dir()
            and split_of_word(inside[0].name) is None
        ):
            # Most archives have one folder around everything; a split's says something.
            folder = inside[0]
        return cls(path, unpacked.folder, folder, left, unpacked.guessed)

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Errors that name the archive."""
        try:
            yield
        except DatasetError as error:
            raise self.named_error(error) from error

    def named_error(self, error: DatasetError) -> DatasetError:
        """The error with the archive's name in every place."""
        if isinstance(error, NothingRead):
            notes = [*map(self._note, error.notes), *self._of_names()]
            return NothingRead(self._said(error.what), map(self._defect, error.defects), notes)
        return DatasetError(self._said(str(error)))

    def named(self, dataset: Dataset) -> Dataset:
        """The data set with the archive's name in every place."""
        images = tuple(
            replace(each, source=self._source(each.source), origin=self._said(each.origin))
            for each in dataset.images
        )
        notes = [*map(self._note, dataset.notes), *self._of_names()]
        if self.passed_over:
            count = counted(len(self.passed_over), "member")
            message = f"{count} not unpacked, links or names that come twice: "
            notes.append(Note(NoteKind.UNUSED, message + listed(self.passed_over), str(self.path)))
        defects = tuple(map(self._defect, dataset.defects))
        return replace(dataset, images=images, defects=defects, notes=tuple(notes))

    def _of_names(self) -> list[Note]:
        return [Note(NoteKind.GUESSED, self.guessed, str(self.path))] if self.guessed else []

    def _said(self, text: str) -> str:
        return text.replace(str(self.root), str(self.path))

    def _defect(self, defect: Defect) -> Defect:
        where, message = self._said(defect.where), self._said(defect.message)
        return replace(defect, where=where, message=message)

    def _note(self, note: Note) -> Note:
        return Note(note.kind, self._said(note.message), self._said(note.where))

    def _source(self, source: ImageSource) -> ImageSource:
        if not isinstance(source, FileImage):
            return source
        if isinstance(source, UnpackedImage) or source.path.is_relative_to(self.root):
            return UnpackedImage(source.path, self._said(str(source)))
        return source


def _is_left_behind(name: str) -> bool:
    """Whether a member is what systems put into archives for themselves."""
    return "__MACOSX" in name or name.rpartition("/")[2].startswith((".", "._"))
