"""Records the last state of every version since the start."""

import threading
from typing import NamedTuple

from server.embedded.errors import ServingError
from serving_protocol.messages import ModelVersionState

START: int = ModelVersionState.Value("START")
LOADING: int = ModelVersionState.Value("LOADING")
AVAILABLE: int = ModelVersionState.Value("AVAILABLE")
UNLOADING: int = ModelVersionState.Value("UNLOADING")
END: int = ModelVersionState.Value("END")


class VersionStatus(NamedTuple):
    """A version's state (`ModelVersionState`) and, at its end, what went wrong."""

    state: int
    error: ServingError | None = None


class ServableStateMonitor:
    """The last state of each version of each model; unloaded ones stay, as END."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[str, dict[int, VersionStatus]] = {}

    def record(self, name: str, version: int, status: VersionStatus) -> None:
        """The version is in this state now."""
        with self._lock:
            self._statuses.setdefault(name, {})[version] = status

    def of_model(self, name: str) -> dict[int, VersionStatus]:
        """All versions of the model, highest first; empty for a model that was never seen."""
        with self._lock:
            return dict(sorted(self._statuses.get(name, {}).items(), reverse=True))
