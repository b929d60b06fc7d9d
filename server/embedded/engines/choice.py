"""Which engine loads a model.

OpenVINO is tried first: it starts in a second and needs a fraction of the disk and the memory.
TensorFlow takes what OpenVINO cannot serve: strings in or out (so `tf.Example` and encoded
images), operations without a conversion, signatures that change their own state. A model is
served by one engine as a whole.
"""

import logging
import threading
from pathlib import Path

import grpc

from server.embedded.engines.engine import Engine, EngineMissing, EngineSettings, LoadedModel
from server.embedded.engines.openvino_engine import (
    OpenvinoEngine,
    UnservableByOpenvino,
    check_servable,
)
from server.embedded.engines.saved_model import read_saved_model
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from server.embedded.errors import ModelLoadError

ENGINE_NAMES = ("auto", "openvino", "tensorflow")

log = logging.getLogger(__name__)


def engine_named(name: str, settings: EngineSettings | None = None) -> Engine:
    """The engine that `--engine` asks for.

    Args:
        name: one of `ENGINE_NAMES`. `auto` takes OpenVINO for what it can serve, and TensorFlow
            for the rest.
        settings: threads and tags; the defaults where it is left out.

    Raises:
        ValueError: there is no engine of that name.
        EngineMissing: what the engine needs is not installed. `auto` does without TensorFlow until
            a model needs it.
    """
    settings = settings or EngineSettings()
    if name == "openvino":
        return OpenvinoEngine(settings)
    if name == "tensorflow":
        return TensorflowEngine(settings)
    if name == "auto":
        return AutoEngine(settings)
    raise ValueError(f"the engine is one of {', '.join(ENGINE_NAMES)}, not {name!r}")


class AutoEngine:
    """Each model by the engine that suits it. See `Engine`.

    Args:
        settings: threads and tags, for either engine.

    Raises:
        EngineMissing: neither OpenVINO nor TensorFlow is installed.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._tensorflow_engine: TensorflowEngine | None = None
        self._lock = threading.Lock()
        self._openvino_engine: OpenvinoEngine | None = None
        try:
            self._openvino_engine = OpenvinoEngine(settings)
        except EngineMissing as error:
            log.warning("%s; every model is served by TensorFlow", error)
            self._tensorflow_engine = TensorflowEngine(settings)

    def load(self, version_dir: Path) -> LoadedModel:
        """See `Engine.load`.

        Raises:
            ModelLoadError: FAILED_PRECONDITION where the model needs TensorFlow, which is not
                installed; the message says why, and what to install.
        """
        folder = read_saved_model(version_dir, self._settings.tags)
        if self._openvino_engine is None:
            return self._tensorflow("OpenVINO is not installed", version_dir).load_folder(folder)
        try:
            return self._openvino_engine.load_folder(folder)
        except UnservableByOpenvino as error:
            log.info("%s is served by TensorFlow: %s", version_dir, error.reason)
            return self._tensorflow(error.reason, version_dir).load_folder(folder)

    def _tensorflow(self, reason: str, version_dir: Path) -> TensorflowEngine:
        with self._lock:
            if self._tensorflow_engine is None:
                try:
                    self._tensorflow_engine = TensorflowEngine(self._settings)
                except EngineMissing as error:
                    raise ModelLoadError(
                        grpc.StatusCode.FAILED_PRECONDITION,
                        f"{version_dir} needs TensorFlow ({reason}). {error}",
                    ) from error
            return self._tensorflow_engine


def needs_tensorflow(version_dir: Path, tags: frozenset[str] = EngineSettings.tags) -> str | None:
    """Why a model cannot do without TensorFlow, or None when it can.

    Imports no TensorFlow and compiles nothing, so it takes a second at most for a detector.

    Args:
        version_dir: `<base path>/<version>`.
        tags: those of the wanted MetaGraph.

    Returns:
        A few words such as "string input 'image_bytes' of signature 'serving_default'".

    Raises:
        ModelLoadError: no engine could load the folder; TensorFlow would not help.
    """
    try:
        check_servable(read_saved_model(version_dir, tags))
    except UnservableByOpenvino as error:
        return error.reason
    except EngineMissing:
        return "OpenVINO is not installed"
    return None
