"""Reading a data set's text files with an account of what was read, and of what was guessed."""

from pathlib import Path

from training.datasets.defects import DatasetError
from training.datasets.formats.source_files import SourceFiles
from training.datasets.formats.text_encoding import UnknownEncoding
from training.datasets.formats.text_guessing import guess_text
from training.datasets.notes import NoteKind


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
        decoded = guess_text(data)
    except UnknownEncoding as error:
        raise DatasetError(f"{path}, {error}") from error
    if decoded.guessed:
        files.note(NoteKind.GUESSED, f"not UTF-8, taken as {decoded.encoding}", path)
    return decoded.text
