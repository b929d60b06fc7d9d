"""The folder of models as publishers see it: names, versions, its lock, and what is on its way."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from model_repository.diagnosis.models import Diagnosis, diagnose_model
from model_repository.errors import BadModelName, UnknownModel, UnknownVersion
from model_repository.model_folder import is_model_name, list_models, version_dirs
from model_repository.publishing.journal import read_journal
from model_repository.publishing.locks import hold, locked

# No number, so no version to a model server, and hidden, so no model to anybody.
STAGING_PREFIX = ".publishing-"
LOCK_NAME = ".publishing.lock"
# In a staging folder: the version, named so that the folder itself can be served for the canary.
STAGED_VERSION = "1"

_log = logging.getLogger(__name__)


class ModelsFolder:
    """A folder with `NAME/VERSION/` in it.

    Args:
        path: the folder, which is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def model_dir(self, name: str) -> Path:
        """Where a model's versions lie, whether there are any or not.

        Raises:
            BadModelName: it is empty, hidden, or would lead out of the folder.
        """
        if not is_model_name(name):
            raise BadModelName(
                f"a model's name is a folder's, without slashes or a dot in front, not {name!r}"
            )
        return self.path / name

    def names(self) -> list[str]:
        """The models with a version, sorted."""
        return list_models(self.path)

    def versions(self, name: str) -> dict[int, Path]:
        """The folders of a model's versions, highest first.

        Raises:
            UnknownModel: it has none; the message names the models that there are.
        """
        found = version_dirs(self.model_dir(name))
        if not found:
            there = ", ".join(self.names()) or "none"
            reasons = "".join(f"; {each}" for each in self._diagnoses(name))
            raise UnknownModel(
                f"there is no model {name!r} in {self.path}; there is {there}{reasons}"
            )
        return found

    def _diagnoses(self, name: str) -> list[Diagnosis]:
        """Why what lies under a model's name is none."""
        model_dir = self.model_dir(name)
        return diagnose_model(model_dir) if os.path.lexists(model_dir) else []

    def version_dir(self, name: str, version: int) -> Path:
        """The folder of a version.

        Raises:
            UnknownModel: there is no such model.
            UnknownVersion: it has no such version; the message names those that it has.
        """
        found = self.versions(name)
        if version not in found:
            there = ", ".join(map(str, found))
            raise UnknownVersion(f"model {name} has no version {version}; it has {there}")
        return found[version]

    def next_version(self, name: str) -> int:
        """A number above every version's, those that were removed included.

        A server may not notice that a version was removed and another put in its place.
        """
        model_dir = self.model_dir(name)
        numbers = [*version_dirs(model_dir), *(each.version for each in read_journal(model_dir))]
        return max(numbers, default=0) + 1

    def lock(self) -> AbstractContextManager[None]:
        """Keep other publishers from changing anything; hold it for moments only."""
        return locked(self.path / LOCK_NAME)

    @contextmanager
    def staging(self, name: str) -> Iterator[Path]:
        """A folder beside the model's versions that nobody sees, gone at the end of the block.

        Its lock is held as long as this process lives and works in it. It is made and taken away,
        as are those of the dead, under the folder's lock: whoever holds that sees no staging folder
        come or go, and one whose own lock is free is nobody's.
        """
        model_dir = self.model_dir(name)
        with self.lock():
            model_dir.mkdir(exist_ok=True)
            sweep(model_dir)
            folder = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=model_dir))
            held = hold(folder / "lock")
        try:
            yield folder
        finally:
            with self.lock():
                shutil.rmtree(folder, ignore_errors=True)
                if held is not None:
                    held.close()
                with suppress(OSError):
                    # Only where nothing came of the first version of a new model.
                    model_dir.rmdir()


def sweep(model_dir: Path) -> None:
    """Take away what killed publishers have left; the caller holds the folder's lock."""
    for folder in model_dir.glob(f"{STAGING_PREFIX}*"):
        held = hold(folder / "lock") if folder.is_dir() else None
        if held is not None:
            _log.info("taking away %s, which a publisher left that is gone", folder)
            shutil.rmtree(folder, ignore_errors=True)
            held.close()
