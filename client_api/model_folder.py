"""The folder that models are published in: `NAME/VERSION/...`, seen by its names alone."""

import logging
from pathlib import Path

_log = logging.getLogger(__name__)


def is_version(name: str) -> bool:
    """Whether a folder called `name` is a version: digits alone, as TensorFlow Serving reads it."""
    return name.isascii() and name.isdecimal()


def models_in(folder: Path) -> list[str]:
    """The names of the models published in `folder`, sorted: those with a version in them.

    A folder that cannot be read has none; the log says why.
    """
    try:
        return sorted(
            entry.name
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and entry.is_dir() and versions_in(entry)
        )
    except OSError as error:
        _log.warning("MODELS_DIR cannot be read: %s", error)
        return []


def versions_in(model_folder: Path) -> list[int]:
    """The version numbers in `model_folder`, highest first; none where it cannot be read."""
    try:
        found = {int(e.name) for e in model_folder.iterdir() if is_version(e.name) and e.is_dir()}
    except OSError:
        return []
    return sorted(found, reverse=True)
