"""Reading a data set's text files with an account of what was read, and of what was guessed."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from training.datasets.defects import DatasetError
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.guessing import common_encoding, guess_text, named_encoding
from training.datasets.formats.text.json_file import JsonContent
from training.datasets.formats.text.scoring import OF_PAIRS
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

Work = TypeVar("Work")
Result = TypeVar("Result")
_OTHERWISE = "--encoding NAME takes it otherwise"


def read_noted_text(path: Path, files: SourceFiles) -> str:
    """A file's text, with a note where its encoding was guessed, and the file in the account.

    Raises:
        DatasetError: it cannot be read, or is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    files.use(path)
    try:
        decoded = guess_text(data, encoding_for(files, path, data))
    except UnknownEncoding as error:
        raise DatasetError(f"{path}, {error}") from error
    note_encoding(files, path, decoded.note)
    return decoded.text


def load_content(
    files: SourceFiles, path: Path, parse: Callable[[bytes, str | None], JsonContent]
) -> JsonContent:
    """What a file holds, which is read once to tell its encoding and to be parsed.

    Args:
        files: the data set's.
        path: the file.
        parse: takes its bytes, and its encoding or None to find out.

    Raises:
        ValueError: it cannot be read or parsed; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(str(error.strerror)) from error
    return parse(data, encoding_for(files, path, data))


def encoding_for(files: SourceFiles, path: Path, data: bytes | None = None) -> str | None:
    """What a file is to be read in; None to guess by its bytes alone.

    Args:
        files: of the data set, whose images' names tell, and what a person says goes before.
        path: the file; a note says that it was taken by the images' names.
        data: its content, if somebody has it.
    """
    if files.encoding is not None or not files.words_of_names:
        return files.encoding
    try:
        found = named_encoding(path.read_bytes() if data is None else data, files.words_of_names)
    except OSError:
        return None
    if found is not None:
        note_encoding(files, path, f"{found}, which makes its names those of images that are there")
    return found


def note_encoding(files: SourceFiles, path: Path, guessed: str) -> None:
    """A note on the encoding that one file was taken as, where it was guessed."""
    if guessed:
        files.note(NoteKind.GUESSED, f"not UTF-8, taken as {guessed}; {_OTHERWISE}", path)


def read_alike(
    read: Callable[..., Result],
    work: Sequence[Work],
    files: SourceFiles,
    workers: Workers,
    path_of: Callable[[Work], Path],
) -> list[Result]:
    """What a file an image says, all that are not UTF-8 read in one encoding, with a note on it.

    Args:
        read: takes a piece of work and `encoding`; what it returns has `encoding`, empty where
            that was not guessed, and `by_chance`, as `GuessedText` has them, or neither.
        work: one a file.
        files: the data set's.
        workers: read the files.
        path_of: the file of a piece of work.
    """
    found = list(workers.map(partial(read, encoding=files.encoding), work, "annotations"))
    guessed = [at for at, each in enumerate(found) if _told(each, "encoding")]
    if files.encoding is not None:
        return found
    open_ones = guessed or [at for at, each in enumerate(found) if _told(each, "by_chance")]
    if not open_ones or not (guessed or files.words_of_names):
        return found
    common = common_encoding((path_of(work[at]) for at in open_ones), files.words_of_names)
    if not guessed and common not in OF_PAIRS:
        # It is UTF-8 in letters, and in the images' names, or in neither.
        return found
    if common is not None:
        again = [at for at, each in enumerate(found)
                 if _told(each, "encoding") not in ("", None, common)
                 or (common in OF_PAIRS and _told(each, "by_chance"))]  # fmt: skip
        one = partial(read, encoding=common)
        for at, result in zip(
            again, workers.map(one, [work[each] for each in again], "annotations"), strict=True
        ):
            found[at] = result
        guessed = sorted({*guessed, *again})
    count = counted(len(guessed), "file")
    files.note(
        NoteKind.GUESSED, f"{count} not in UTF-8, taken as {common or 'cp1252'}; {_OTHERWISE}"
    )
    return found


def _told(result: Any, name: str) -> Any:
    return getattr(result, name, None)
