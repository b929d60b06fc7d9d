"""The versions below each model's base path, looked up again every so often.

Semantics: `file_system_storage_path_source.cc` of TensorFlow Serving.
"""

import logging
import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_repository.diagnosis.models import diagnose_model
from server.embedded.versions.version_policy import VersionPolicy, aspired_versions

logger = logging.getLogger(__name__)

MAX_VERSION = 2**63 - 1
_NUMBER = re.compile(r"[0-9]+")

# model -> version -> its folder
Aspired = Mapping[str, Mapping[int, Path]]


class BasePathNotReadable(OSError):
    """A base path is not there, or cannot be listed."""


@dataclass(frozen=True)
class WatchedModel:
    """Where a model's versions lie, and which of them are wanted."""

    base_path: Path
    policy: VersionPolicy


def find_versions(base_path: Path) -> dict[int, Path]:
    """The children of `base_path` whose name is a version number; leading zeros are allowed.

    Raises:
        BasePathNotReadable: with the reason that the system gave.
    """
    try:
        children = sorted(base_path.iterdir())
    except OSError as error:
        raise BasePathNotReadable(f"could not list base path {base_path}: {error}") from error
    found: dict[int, Path] = {}
    for child in children:
        if not _NUMBER.fullmatch(child.name) or int(child.name) > MAX_VERSION:
            continue
        version = int(child.name)
        if version in found:
            logger.warning("%s and %s are the same version", found[version], child)
        found[version] = child
    return found


class FileSystemSource:
    """Polls base paths and hands on what is aspired to.

    Args:
        poll_wait_s: seconds between two looks; 0 looks once whenever the models are set, and
            below 0 never.
        on_aspired: takes, for each watched model, its aspired versions and their folders; called
            from the polling thread and from `watch`, one call at a time.
    """

    def __init__(self, poll_wait_s: float, on_aspired: Callable[[Aspired], None]) -> None:
        self._poll_wait_s = poll_wait_s
        self._on_aspired = on_aspired
        self._models: dict[str, WatchedModel] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_complaint = ""

    def watch(self, models: Mapping[str, WatchedModel]) -> None:
        """Watch these models from now on and no others; those left out are aspired to no more."""
        with self._lock:
            gone = {name: dict[int, Path]() for name in self._models if name not in models}
            self._models = dict(models)
            if gone:
                self._on_aspired(gone)
            if self._poll_wait_s >= 0:
                self._poll()
        if self._poll_wait_s > 0 and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="versions", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop polling."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._poll_wait_s):
            with self._lock:
                self._poll()

    def _poll(self) -> None:
        """Look at all base paths; one that cannot be read drops the look at all of them."""
        aspired: dict[str, dict[int, Path]] = {}
        complaints = []
        try:
            for name, model in self._models.items():
                found = find_versions(model.base_path)
                aspired[name] = {v: found[v] for v in aspired_versions(found, model.policy)}
                complaints += _complaints(name, model, found)
        except BasePathNotReadable as error:
            self._complain(
                f"model {name}: {error}; no version is loaded or unloaded until it can be read"
            )
            return
        self._complain("; ".join(complaints))
        self._on_aspired(aspired)

    def _complain(self, complaint: str) -> None:
        """Log what keeps models from loading once, not at every look."""
        if complaint and complaint != self._last_complaint:
            logger.warning("%s", complaint)
        self._last_complaint = complaint


def _complaints(name: str, model: WatchedModel, found: Collection[int]) -> list[str]:
    """What a person would want to know about the versions that were found."""
    missing = sorted(set(model.policy.specific.versions) - set(found))
    if missing:
        return [f"model {name} is to serve {missing}, not found below {model.base_path}"]
    if not found:
        reasons = "".join(f"; {each}" for each in diagnose_model(model.base_path))
        return [
            f"no versions of model {name} below {model.base_path}: a version is a folder whose "
            f"name is a number, such as 1{reasons}"
        ]
    return []
