"""The values of options about a data set: names, pairs and columns, and how they were given."""

from pathlib import Path

import yaml

from training.datasets.archives.unpacking import is_file
from training.datasets.defects import DatasetError
from training.datasets.formats.files.image_files import read_text


def parse_columns(text: str | None, encoding: str | None = None) -> dict[str, str]:
    """The mapping of a CSV's columns, from an option or a YAML file.

    Raises:
        DatasetError: it is neither.
    """
    if text is None:
        return {}
    if text.endswith((".yaml", ".yml")):
        try:
            content = yaml.safe_load(read_text(Path(text), encoding))
        except yaml.YAMLError as error:
            raise DatasetError(f"{text}: {error}") from error
        if not isinstance(content, dict):
            raise DatasetError(f"{text}: `meaning: column` a line was expected")
        return {str(key): str(value) for key, value in content.items()}
    return parse_pairs(text, "--columns: meaning=column")


def parse_pairs(text: str | None, wanted: str) -> dict[str, str]:
    """What `key=value,key=value` says; nothing of None.

    Args:
        text: the option's value.
        wanted: the option and the form of a pair, for the message.

    Raises:
        DatasetError: it is of another form, or has a key twice.
    """
    if text is None:
        return {}
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(equals and key.strip() and value.strip() for key, equals, value in pairs):
        raise DatasetError(f"{wanted} with commas was expected, not {text!r}")
    found = {key.strip(): value.strip() for key, _, value in pairs}
    if len(found) < len(pairs):
        raise DatasetError(f"{wanted} once for each was expected, not {text!r}")
    return found


def folder_of(said: Path, source: Path) -> Path:
    """The folder that an option means: from the current one, else from the data set's own.

    Args:
        said: as it was given.
        source: the data set's folder or file.

    Raises:
        DatasetError: there is none.
    """
    own = source if source.is_dir() else source.parent
    tries = [said] if said.is_absolute() else [said, own / said]
    found = next((each for each in tries if each.is_dir()), None)
    if found is None:
        raise DatasetError(f"--images {said}: there is no folder {' nor '.join(map(str, tries))}")
    return found


def parse_class_names(text: str | None, encoding: str | None) -> tuple[str, ...]:
    """The names that an option says: with commas, or a file with a name a line."""
    if text is None:
        return ()
    if is_file(Path(text)):
        lines = [line.strip() for line in read_text(Path(text), encoding).splitlines()]
        return tuple(line for line in lines if line)
    return tuple(name.strip() for name in text.split(",") if name.strip())
