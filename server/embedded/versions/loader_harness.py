"""Loads and unloads one version for the manager: its stage, its users, its load attempts."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grpc

from server.embedded.engines.engine import LoadedModel
from server.embedded.errors import ServingError
from server.embedded.servable import Servable
from server.embedded.versions.aspired_version_policy import Stage, VersionView

logger = logging.getLogger(__name__)

# Loads the SavedModel in a folder as a version of the model of that name.
Loader = Callable[[str, int, Path], LoadedModel]


@dataclass(eq=False)
class LoaderHarness:
    """One version of one model; changed under the manager's lock alone.

    Attributes:
        uses: requests that hold the servable now.
        attempts: how often loading it was tried.
        retry_at_s: when to try again (`time.monotonic`), in stage RETRYING.
        error: of the last attempt.
    """

    name: str
    version: int
    path: Path
    is_aspired: bool = True
    stage: Stage = Stage.NEW
    servable: Servable | None = None
    uses: int = 0
    attempts: int = 0
    retry_at_s: float = 0.0
    error: ServingError | None = None

    def view(self) -> VersionView:
        """What the choice of the next step needs to know."""
        return VersionView(self.version, self.stage, self.is_aspired)

    def load(self, loader: Loader) -> LoadedModel:
        """Load the model; called without the lock.

        Raises:
            ServingError: it cannot be loaded.
        """
        start_s = time.monotonic()
        try:
            model = loader(self.name, self.version, self.path)
        except ServingError as error:
            self._log_failure(start_s, error)
            raise
        except Exception as error:
            # A model folder may make an engine raise anything; the other models go on.
            logger.exception("loading %s version %d broke", self.name, self.version)
            refusal = ServingError(
                grpc.StatusCode.INTERNAL, f"loading {self.path} broke: {error!r}"
            )
            raise refusal from error
        logger.info(
            "loaded %s version %d with %s in %.2f s",
            self.name,
            self.version,
            model.engine,
            time.monotonic() - start_s,
        )
        return model

    def unload(self) -> None:
        """Close the model, which nobody uses any more; called without the lock."""
        if self.servable is None:
            raise AssertionError("only what was loaded is unloaded")
        start_s, engine = time.monotonic(), self.servable.model.engine
        try:
            self.servable.model.close()
        except Exception:
            # Its memory may be lost; the versions that serve are not.
            logger.exception("unloading %s version %d broke", self.name, self.version)
            return
        logger.info(
            "unloaded %s version %d from %s in %.2f s",
            self.name,
            self.version,
            engine,
            time.monotonic() - start_s,
        )

    def _log_failure(self, start_s: float, error: ServingError) -> None:
        logger.error(
            "could not load %s version %d after %.2f s (attempt %d): %s: %s",
            self.name,
            self.version,
            time.monotonic() - start_s,
            self.attempts,
            error.code.name,
            error.message,
        )
