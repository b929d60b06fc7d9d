"""The folder that models are published in, `NAME/VERSION/saved_model.pb`, seen by its names.

Source: TensorFlow Serving's file-system source. A version is a folder whose name is a number, with
leading zeros or not; whatever has another name is somebody's copy that is not ready yet.
"""

import logging
from pathlib import Path

SAVED_MODEL_NAME = "saved_model.pb"
# Root's alone, on every file system of its own (a disk, a volume of Kubernetes); nobody's model.
LOST_AND_FOUND = "lost+found"
# In a version: requests that a server answers before the version is AVAILABLE.
WARMUP_FILE = Path("assets.extra") / "tf_serving_warmup_requests"

_log = logging.getLogger(__name__)


def is_version(name: str) -> bool:
    """Whether a folder called `name` is a version: ASCII digits alone, an int64 in all."""
    return name.isascii() and name.isdecimal() and int(name) < 2**63


def is_model_name(name: str) -> bool:
    """Whether a model may have that name: it stays in the folder of models, and is not hidden."""
    return bool(name) and not name.startswith(".") and not set(name) & set("/\\\0")


def shown_name(name: str) -> str:
    r"""The name of a file or folder in a line of text: what does not print is escaped.

    Example:
        >>> shown_name("two\nlines")
        'two\\nlines'
    """
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in name)


def list_models(models_dir: Path) -> list[str]:
    """The names of the models in `models_dir`, sorted: the folders with a version in them.

    Raises:
        OSError: the folder is gone, or it or one in it fails to be read; then nothing is known of
            what is published, which is not the same as nothing being published. One in it that
            this user may not read has no versions.
    """
    return sorted(
        entry.name
        for entry in models_dir.iterdir()
        if not entry.name.startswith(".")
        and entry.name != LOST_AND_FOUND
        and entry.is_dir()
        and _versions_if_there(entry)
    )


def models_in(models_dir: Path) -> list[str]:
    """As `list_models`; a folder that cannot be read has none, and the log says why."""
    try:
        return list_models(models_dir)
    except OSError as error:
        where = error.filename or models_dir
        _log.warning("the models in %s cannot be listed: %s: %s", models_dir, where, error.strerror)
        return []


def version_dirs(model_dir: Path) -> dict[int, Path]:
    """The folder of each version in `model_dir`, highest first; none where it cannot be read."""
    try:
        found = _versions(model_dir)
    except OSError:
        return {}
    return {version: found[version] for version in sorted(found, reverse=True)}


def _versions_if_there(model_dir: Path) -> dict[int, Path]:
    """As `_versions`; none where the folder has been taken away, or may not be read."""
    try:
        return _versions(model_dir)
    except PermissionError:
        # It could not be served, and the others can; `model_diagnosis` names it.
        return {}
    except FileNotFoundError:
        # Unless everything is gone with it.
        model_dir.parent.stat()
        return {}


def _versions(model_dir: Path) -> dict[int, Path]:
    return {int(e.name): e for e in model_dir.iterdir() if is_version(e.name) and e.is_dir()}
