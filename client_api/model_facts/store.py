"""What was found out of models, for all worker processes, and over restarts where it may be."""

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

# The store's folder among what the processes of a run share.
FACTS = "facts"
# Models whose facts are remembered in memory; what the folder holds is looked up again.
MAX_REMEMBERED = 1024
MAX_FILE_BYTES = 4096

_log = logging.getLogger(__name__)


class ModelKey(NamedTuple):
    """Whose facts they are.

    Attributes:
        name: of the model.
        version: its number.
        stamp: of its files and signatures, so that another model of the same number is another.
    """

    name: str
    version: int
    stamp: str


class _Known(NamedTuple):
    """A value, and which file it was read from; None for none."""

    value: Any
    file: tuple[int, int] | None


class FactStore:
    """A file for each fact: of several that find one out at once, the first one decides for all.

    What a process has replaced, the others see when they look next.

    Thread-safe, and safe among processes. Where nothing can be written, what was found out stays
    with the process that found it.

    Args:
        folder: shared by the processes; made when it is needed. None for one process alone.

    Attributes:
        folder: the same; its date changes with each fact, whose file is never written again.
        changes: how often this process wrote something down.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[ModelKey, str], _Known] = OrderedDict()
        self.changes = 0

    def get(self, key: ModelKey, name: str) -> Any:
        """The fact of that name, as JSON has it; None while nobody knows it."""
        with self._lock:
            known = self._known.get((key, name), _Known(None, None))
        if self.folder is None:
            return known.value
        path = self._path(self.folder, key, name)
        file = _identity(path)
        if file is None or file == known.file:
            return known.value
        # Nobody knew it here, or another process has replaced it.
        written = _read(path)
        return known.value if written is None else self._remembered(key, name, written, file)

    def add(self, key: ModelKey, name: str, value: Any) -> Any:
        """Write a fact down, unless somebody was faster; returns the one that is written."""
        found = self.get(key, name)
        if found is not None:
            return found
        if self.folder is not None:
            try:
                value = self._written(self.folder, key, name, value)
            except OSError as error:
                _log.warning(
                    "what was found out of model %s, version %d, cannot be written to %s: %s; "
                    "MODEL_FACTS_DIR names another folder, and `boxwright models set` settles it",
                    key.name, key.version, self.folder, error.strerror,
                )  # fmt: skip
        return self._remembered(key, name, value)

    def replace(self, key: ModelKey, name: str, value: Any) -> None:
        """Write down another value, for all processes that look again; None for none any more."""
        with self._lock:
            self.changes += 1
            self._known.pop((key, name), None)
        if self.folder is not None:
            path = self._path(self.folder, key, name)
            try:
                path.unlink(missing_ok=True)
            except OSError:
                # It stays with this process, until the file is another one.
                with self._lock:
                    self._known[(key, name)] = _Known(value, _identity(path))
                return
        if value is not None:
            self.add(key, name, value)

    def _written(self, folder: Path, key: ModelKey, name: str, value: Any) -> Any:
        folder.mkdir(parents=True, exist_ok=True)
        path = self._path(folder, key, name)
        mine = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        about = {"model": key.name, "version": key.version, "fact": name, "value": value}
        try:
            mine.write_text(json.dumps(about) + "\n", encoding="utf-8")
            # Unlike a rename, a link does not take the place of what is there.
            os.link(mine, path)
        except FileExistsError:
            written = _read(path)
            return value if written is None else written
        finally:
            with contextlib.suppress(OSError):
                mine.unlink(missing_ok=True)
        return value

    def _remembered(
        self, key: ModelKey, name: str, value: Any, file: tuple[int, int] | None = None
    ) -> Any:
        with self._lock:
            if file is not None:
                self._known[(key, name)] = _Known(value, file)
            # Of two threads that looked, both return the same.
            known = self._known.get((key, name), _Known(None, None))
            if known.value is None:
                known = self._known[(key, name)] = _Known(value, known.file)
                self.changes += 1
            value = known.value
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return value

    @staticmethod
    def _path(folder: Path, key: ModelKey, name: str) -> Path:
        digest = hashlib.sha256("\0".join(map(str, key)).encode()).hexdigest()[:32]
        return folder / f"{digest}.{name}.json"


def _identity(path: Path) -> tuple[int, int] | None:
    """Of the file that is there: another one when it is replaced; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(MAX_FILE_BYTES)).get("value")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
