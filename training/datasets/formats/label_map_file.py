"""`label_map.pbtxt` in a data set's folder: its classes and their numbers, whatever the format."""

from pathlib import Path

from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import (
    LABEL_MAP_NAME,
    MAX_LABEL_MAP_BYTES,
    format_label_map,
    parse_label_map,
)
from training.datasets.defects import DatasetError
from training.datasets.formats.files.image_files import write_text
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.files import note_encoding
from training.datasets.formats.text.guessing import guess_text


def read_label_map(path: Path, encoding: str | None = None) -> LabelMap:
    """The label map of a data set, in a file.

    Args:
        path: the file.
        encoding: what a person says that its text is in; None to find out.

    Raises:
        DatasetError: it cannot be read, then it names the line; or its ids begin at 0, which stands
            for the background in the Object Detection API's data and in training.
    """
    label_map = read_models_label_map(path, encoding)
    if label_map.min_id < 1:
        raise DatasetError(
            f"{path}: ids start at 1 in a data set, but {label_map.label(0)!r} has id 0"
        )
    return label_map


def read_models_label_map(path: Path, encoding: str | None = None) -> LabelMap:
    """The label map of a model, which may count its classes from 0, in a file.

    Raises:
        DatasetError: it cannot be read; names the line.
    """
    try:
        # No more of it than shows that it is too long.
        with path.open("rb") as file:
            data = file.read(4 * MAX_LABEL_MAP_BYTES + 1)
        is_too_long = len(data) > 4 * MAX_LABEL_MAP_BYTES
        return parse_label_map(data if is_too_long else guess_text(data, encoding).text)
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    except (UnknownEncoding, LabelMapError) as error:
        raise DatasetError(f"{path}, {error}") from error


def label_map_beside(files: SourceFiles) -> LabelMap | None:
    """The label map at a data set's root, or the only one below it; None where there is none."""
    direct = files.root / LABEL_MAP_NAME
    if direct.is_file():
        return _read_noted(direct, files)
    if not files.path.is_dir():
        return None
    below = files.index.by_name.get(LABEL_MAP_NAME, [])
    return _read_noted(files.index.path(below[0]), files) if len(below) == 1 else None


def _read_noted(path: Path, files: SourceFiles) -> LabelMap:
    """A label map, with a note where its encoding was guessed."""
    label_map = read_label_map(path, files.encoding)
    note_encoding(files, path, guess_text(path.read_bytes(), files.encoding).note)
    return label_map


def write_label_map(label_map: LabelMap, folder: Path) -> None:
    """Write `label_map` into a data set's folder."""
    write_text(folder / LABEL_MAP_NAME, format_label_map(label_map))
