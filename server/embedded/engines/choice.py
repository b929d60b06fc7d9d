"""Which engine serves a model: the first in `registry.ENGINES` that does not refuse it.

OpenVINO is tried first: it starts in a second and needs a fraction of the disk and the memory.
TensorFlow takes what OpenVINO refuses: strings in or out (so `tf.Example` and encoded images),
operations without a conversion, signatures that change their own state. A model is served by one
engine as a whole.
"""

import importlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from server.embedded.engines.engine import (
    Engine,
    EngineAdapter,
    EngineMissing,
    EngineSettings,
    LoadedModel,
    RefusedByEngine,
)
from server.embedded.engines.registry import AUTO, ENGINES, EngineRow, engine_row
from server.embedded.engines.saved_model import read_saved_model
from server.embedded.errors import ModelLoadError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """An engine that cannot serve a model.

    Attributes:
        engine: which one.
        reason: a few words such as "string input 'image_bytes' of signature 'serving_default'".
    """

    engine: EngineRow
    reason: str


@dataclass(frozen=True)
class EngineChoice:
    """The engine that serves a model.

    Attributes:
        engine: the first that does not refuse it; None where every engine does.
        refusals: of the engines before it.
    """

    engine: EngineRow | None
    refusals: tuple[Refusal, ...]

    @property
    def reason(self) -> str:
        """Why no earlier engine serves the model; empty where the first one does."""
        return refusals_text(self.refusals)


def refusals_text(refusals: Sequence[Refusal]) -> str:
    """The reasons in a line, each with its engine where there are several."""
    if len(refusals) == 1:
        return refusals[0].reason
    return "; ".join(f"{each.engine.title}: {each.reason}" for each in refusals)


def engine_named(name: str, settings: EngineSettings | None = None) -> Engine:
    """The engine that `--engine` asks for.

    Args:
        name: one of `ENGINE_CHOICES`. `auto` gives each model the first engine that can serve it.
        settings: threads and tags; the defaults where it is left out.

    Raises:
        ValueError: there is no engine of that name.
        EngineMissing: what the engine needs is not installed. `auto` does without an engine until
            a model needs it.
    """
    settings = settings or EngineSettings()
    if name == AUTO:
        return AutoEngine(settings)
    return adapter_of(engine_row(name))(settings)


def adapter_of(row: EngineRow) -> type[EngineAdapter]:
    """The class that a row names; its module is imported, its runtime is not."""
    module, _, name = row.adapter.partition(":")
    adapter: type[EngineAdapter] = getattr(importlib.import_module(module), name)
    return adapter


class AutoEngine:
    """Each model by the first engine that can serve it. See `Engine`.

    Args:
        settings: threads and tags, for every engine.

    Raises:
        EngineMissing: no engine is installed.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._engines: dict[str, EngineAdapter] = {}
        # Looked for once: a failing import of TensorFlow takes its time, at each load of a model.
        self._missing: dict[str, str] = {}
        self._lock = threading.Lock()
        missing = []
        for row in ENGINES:
            try:
                self._engine(row)
            except EngineMissing as error:
                missing.append(error)
                continue
            for each in missing:
                log.warning("%s; every model is served by %s", each, row.title)
            return
        raise missing[-1]

    def load(self, version_dir: Path) -> LoadedModel:
        """See `Engine.load`.

        Raises:
            ModelLoadError: FAILED_PRECONDITION where the model needs an engine that is not
                installed, UNIMPLEMENTED where every engine refuses it; the message says why, and
                what to install.
        """
        folder = read_saved_model(version_dir, self._settings.tags)
        refusals: list[Refusal] = []
        missing: list[tuple[EngineRow, EngineMissing]] = []
        for row in ENGINES:
            try:
                model = self._engine(row).load_folder(folder)
            except EngineMissing as error:
                missing.append((row, error))
                refusals.append(Refusal(row, f"{row.title} is not installed"))
            except RefusedByEngine as error:
                refusals.append(Refusal(row, error.reason))
            else:
                if refusals:
                    why = refusals_text(refusals)
                    log.info("%s is served by %s: %s", version_dir, row.title, why)
                return model
        if not missing:
            raise ModelLoadError(
                grpc.StatusCode.UNIMPLEMENTED,
                f"no engine can serve {version_dir}: {refusals_text(refusals)}",
            )
        needed, how_to_install = missing[0]
        others = [each for each in refusals if each.engine != needed]
        raise ModelLoadError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"{version_dir} needs {needed.title} ({refusals_text(others)}). {how_to_install}",
        ) from how_to_install

    def _engine(self, row: EngineRow) -> EngineAdapter:
        engine = self._engines.get(row.name)
        if engine is None:
            with self._lock:
                engine = self._engines.get(row.name) or self._made(row)
                self._engines[row.name] = engine
        return engine

    def _made(self, row: EngineRow) -> EngineAdapter:
        if row.name in self._missing:
            raise EngineMissing(self._missing[row.name])
        try:
            return adapter_of(row)(self._settings)
        except EngineMissing as error:
            self._missing[row.name] = str(error)
            raise


def choose_engine(version_dir: Path, tags: frozenset[str] = EngineSettings.tags) -> EngineChoice:
    """The engine that would serve a model, and why the engines before it would not.

    Imports no TensorFlow and compiles nothing, so it takes a second at most for a detector.

    Args:
        version_dir: `<base path>/<version>`.
        tags: those of the wanted MetaGraph.

    Raises:
        ModelLoadError: no engine could load the folder, whatever it computes with.
    """
    folder = read_saved_model(version_dir, tags)
    refusals: list[Refusal] = []
    for row in ENGINES:
        try:
            reason = adapter_of(row).refusal(folder)
        except EngineMissing:
            reason = f"{row.title} is not installed"
        if reason is None:
            return EngineChoice(row, tuple(refusals))
        refusals.append(Refusal(row, reason))
    return EngineChoice(None, tuple(refusals))
