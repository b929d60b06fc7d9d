"""The values of options about a data set: names, pairs and columns, and how they were given."""

from pathlib import Path
from typing import Any

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


def given_options(given: dict[str, Any]) -> list[str]:
    """Options with values as a command line has them, without those that were not given."""
    return [
        word for name, value in given.items() if value is not None for word in (name, str(value))
    ]


def parse_class_names(text: str | None, encoding: str | None) -> tuple[str, ...]:
    """The names that an option says: with commas, or a file with a name a line."""
    if text is None:
        return ()
    if is_file(Path(text)):
        lines = [line.strip() for line in read_text(Path(text), encoding).splitlines()]
        return tuple(line for line in lines if line)
    return tuple(name.strip() for name in text.split(",") if name.strip())
