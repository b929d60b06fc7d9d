"""Serves SavedModels with TensorFlow in this process: everything that TensorFlow Serving serves.

The graph is loaded into a session, as TensorFlow Serving does: `tf.saved_model.load` refuses some
of the models that it serves, and enforces declared shapes, which it does not.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import numpy as np

from server.embedded.engines.dtype_check import check_dtypes
from server.embedded.engines.engine import Array, EngineMissing, EngineSettings
from server.embedded.engines.registry import engine_row
from server.embedded.engines.saved_model import SavedModelFolder, read_saved_model
from server.embedded.engines.tensorflow_strings import (
    FlatStrings,
    add_flat_strings,
    fetched_tensors,
    whole_tensor,
)
from server.embedded.errors import ModelLoadError, ServingError
from serving_protocol.messages import SignatureDef

# One callable for each choice of outputs; clients use a few, and each is small.
MAX_CALLABLES = 128
STATUS_OF_NUMBER = {status.value[0]: status for status in grpc.StatusCode}


class TensorflowModel:
    """A SavedModel in a TensorFlow session. See `LoadedModel`."""

    engine = "tensorflow"

    def __init__(
        self,
        tf: ModuleType,
        session: Any,
        signatures: Mapping[str, SignatureDef],
        flat_strings: Mapping[str, FlatStrings],
    ) -> None:
        self.signatures = signatures
        self._flat_strings = flat_strings
        self._tf = tf
        self._session = session
        self._callables: dict[tuple[tuple[str, ...], tuple[str, ...]], Any] = {}
        self._dtypes: dict[str, dict[str, int]] = {}
        self._lock = threading.Lock()

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """See `LoadedModel.run`. What only other outputs need is not computed."""
        return self.run_together({signature_name: inputs}, {signature_name: outputs})[
            signature_name
        ]

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, Array]]:
        """See `LoadedModel.run_together`."""
        feeds: dict[str, Array] = {}
        wanted: dict[str, None] = {}
        # Sorted, so that the same signatures in another order take the same callable.
        for name in sorted(outputs):
            signature = self.signatures[name]
            check_dtypes(self._taken_dtypes(name), inputs[name])
            feeds |= {info.name: inputs[name][a] for a, info in sorted(signature.inputs.items())}
            wanted |= dict.fromkeys(signature.outputs[alias].name for alias in outputs[name])
        try:
            fetches = fetched_tensors(wanted, self._flat_strings)
            call = self._callable(tuple(feeds), fetches)
            results = call(*feeds.values())
        except self._tf.errors.OpError as error:
            raise ServingError(status_of(error), error.message) from error
        except UnicodeDecodeError as error:
            # The operation's message quotes bytes of the request: TensorFlow's Python layer fails
            # to make text of it, and loses the code, which is this one for what cannot be parsed.
            raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, _quoting_message(error)) from error
        except MemoryError as error:
            raise ServingError(grpc.StatusCode.RESOURCE_EXHAUSTED, "no memory left") from error
        fetched = dict(zip(fetches, map(_array, results), strict=True))
        by_tensor = {name: whole_tensor(name, fetched, self._flat_strings) for name in wanted}
        return {
            name: {alias: by_tensor[self.signatures[name].outputs[alias].name] for alias in chosen}
            for name, chosen in outputs.items()
        }

    def close(self) -> None:
        """See `LoadedModel.close`."""
        self._callables.clear()
        self._session.close()

    def _taken_dtypes(self, name: str) -> dict[str, int]:
        """What the graph takes for each input: a signature may declare something else.

        TensorFlow Serving's own `half_plus_three` declares floats where its graph parses Examples.
        """
        if name not in self._dtypes:
            tensor = self._session.graph.get_tensor_by_name
            taken = {}
            for alias, info in self.signatures[name].inputs.items():
                try:
                    taken[alias] = tensor(info.name).dtype.base_dtype.as_datatype_enum
                # The graph has no such tensor, which the session says better.
                except (KeyError, ValueError, TypeError):
                    taken[alias] = info.dtype
            self._dtypes[name] = taken
        return self._dtypes[name]

    def _callable(self, feeds: tuple[str, ...], fetches: tuple[str, ...]) -> Any:
        from tensorflow.core.protobuf.config_pb2 import CallableOptions

        key = (feeds, fetches)
        with self._lock:
            if key not in self._callables:
                if len(self._callables) >= MAX_CALLABLES:
                    self._callables.pop(next(iter(self._callables)))
                # `Session.run` would refuse shapes that differ from the declared ones; this does
                # not, and takes 27 us where `run` takes 90.
                options = CallableOptions(feed=feeds, fetch=fetches)
                self._callables[key] = self._session._make_callable_from_options(options)
            return self._callables[key]


class TensorflowEngine:
    """Loads SavedModels into TensorFlow sessions. See `EngineAdapter`.

    Args:
        settings: threads and tags.

    Raises:
        EngineMissing: TensorFlow is not installed.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._settings = settings or EngineSettings()
        self._tf = _import_tensorflow()

    def load(self, version_dir: Path) -> TensorflowModel:
        """See `Engine.load`."""
        return self.load_folder(read_saved_model(version_dir, self._settings.tags))

    def load_folder(self, folder: SavedModelFolder) -> TensorflowModel:
        """Load a SavedModel whose files were looked at already.

        Raises:
            ModelLoadError: TensorFlow refuses it.
        """
        v1 = self._tf.compat.v1
        graph = self._tf.Graph()
        session = v1.Session(graph=graph, config=self._session_config())
        try:
            with graph.as_default():
                v1.saved_model.load(session, sorted(self._settings.tags), str(folder.path))
        except self._tf.errors.OpError as error:
            session.close()
            raise ModelLoadError(
                status_of(error), f"TensorFlow cannot load {folder.path}: {error.message}"
            ) from error
        # The loader raises all of these for graphs that this version of TensorFlow cannot build.
        except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
            session.close()
            raise ModelLoadError(
                grpc.StatusCode.INVALID_ARGUMENT, f"TensorFlow cannot load {folder.path}: {error}"
            ) from error
        flat_strings = add_flat_strings(self._tf, graph, folder.signatures)
        return TensorflowModel(self._tf, session, folder.signatures, flat_strings)

    @staticmethod
    def refusal(folder: SavedModelFolder) -> str | None:  # noqa: ARG004  # the port's
        """See `EngineAdapter.refusal`. None: what TensorFlow cannot load, no engine here can."""
        return None

    def _session_config(self) -> Any:
        config = self._tf.compat.v1.ConfigProto(
            inter_op_parallelism_threads=self._settings.inter_op_threads,
            intra_op_parallelism_threads=self._settings.intra_op_threads,
        )
        # Otherwise the first model takes all memory of the accelerator.
        config.gpu_options.allow_growth = True
        return config


def _array(result: Any) -> Array:
    """A result of a session, which are `bytes` and NumPy scalars where the rank is 0."""
    return np.asarray(result, object if isinstance(result, bytes) else None)


def _quoting_message(error: UnicodeDecodeError) -> str:
    """TensorFlow's message; its bytes that are no UTF-8 as `ServingError` takes them."""
    return error.object.decode("utf-8", "surrogateescape")


def status_of(error: Any) -> grpc.StatusCode:
    """The gRPC status of a `tf.errors.OpError`: the numbers are the same."""
    return STATUS_OF_NUMBER.get(error.error_code, grpc.StatusCode.UNKNOWN)


def _import_tensorflow() -> ModuleType:
    # oneDNN's allocator never returns what it once took: 200 MB after each kind of request of
    # 100 MB. With the system's, ordinary requests take as long. Read when TensorFlow is imported.
    os.environ.setdefault("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "true")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise EngineMissing(engine_row("tensorflow").not_installed) from error
    # The session's API is deprecated for those who write models; the advice is not for operators.
    tf.get_logger().setLevel("ERROR")
    return tf  # type: ignore[no-any-return]  # the package has no types
