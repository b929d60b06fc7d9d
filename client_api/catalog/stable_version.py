"""Requests that name no version get `stable`, once `models.config` points it at one."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from model_repository.models_config import (
    CONFIG_NAME,
    STABLE,
    BrokenModelConfig,
    labels_by_model,
    read_model_config,
)
from serving_protocol.client_errors import ModelNotFound
from serving_protocol.messages import PredictRequest, PredictResponse
from serving_protocol.model_server import (
    ModelChoice,
    ModelServer,
    ServedSignatures,
    VersionState,
)

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


class VersionLabels:
    """Which labels a folder's `models.config` gives; read again whenever it was written.

    Args:
        folder: the folder of models; None where there is none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._labels: Mapping[str, Mapping[str, int]] = {}

    def stable(self, name: str) -> int | None:
        """The model's stable version; None where none is."""
        return self.of(name).get(STABLE)

    def of(self, name: str) -> Mapping[str, int]:
        """The labels of the model's versions, sorted."""
        if self._folder is None:
            return {}
        try:
            stat = (self._folder / CONFIG_NAME).stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            with self._lock:
                if stamp != self._stamp:
                    self._labels = self._read_anew(self._folder)
                    self._stamp = stamp
        except FileNotFoundError:
            return {}
        except OSError as error:
            # As where too many files are open: it is looked at again the next time.
            _log.warning("labels stay as they were: %s", error)
        return self._labels.get(name, {})

    def _read_anew(self, folder: Path) -> Mapping[str, Mapping[str, int]]:
        try:
            return labels_by_model(read_model_config(folder))
        except BrokenModelConfig as error:
            # What was known stays: the model server keeps its labels too.
            _log.warning("labels stay as they were: %s", error)
            return self._labels


class StableVersionServer:
    """A model server of which the stable version is asked where a request names none.

    See `ModelServer`. A server that does not know the label, because it is just being told or does
    not read `models.config`, is asked for its newest version.

    Args:
        server: the one to ask.
        labels: which models have a stable version.
    """

    def __init__(self, server: ModelServer, labels: VersionLabels) -> None:
        self._server = server
        self._labels = labels

    def predict(self, request: PredictRequest, timeout_s: float) -> PredictResponse:
        """Run a model."""
        spec = request.model_spec
        if spec.WhichOneof("version_choice") or STABLE not in self._labels.of(spec.name):
            return self._server.predict(request, timeout_s)

        def ask(label: str | None) -> PredictResponse:
            if label is None:
                spec.ClearField("version_choice")
            else:
                spec.version_label = label
            return self._server.predict(request, timeout_s)

        try:
            return _stable_or_newest(ask)
        finally:
            # The caller's request is as it came.
            spec.ClearField("version_choice")

    def signatures(self, model: ModelChoice, timeout_s: float) -> ServedSignatures:
        """The signatures of the version that `model` chooses now."""
        is_chosen = model.version is not None or model.label is not None
        if is_chosen or self._labels.stable(model.name) is None:
            return self._server.signatures(model, timeout_s)
        return _stable_or_newest(
            lambda label: self._server.signatures(ModelChoice(model.name, label=label), timeout_s)
        )

    def status(self, name: str, timeout_s: float) -> list[VersionState]:
        """Every version of the model that the server knows, highest first."""
        return self._server.status(name, timeout_s)

    def connections_lost(self) -> int:
        """How often a connection to it ended."""
        return self._server.connections_lost()

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()


def _stable_or_newest(ask: Callable[[str | None], Answer]) -> Answer:
    try:
        return ask(STABLE)
    except ModelNotFound:
        return ask(None)
