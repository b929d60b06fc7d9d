"""One signature for inputs of any shape, also of those that it does not declare.

TensorFlow Serving does not enforce declared shapes: rank 0, another rank or another size go to the
graph, which computes or refuses them. OpenVINO compiles for declared shapes, so for others the
signature is converted once more, with the ranks that were sent.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import grpc

from server.embedded.engines.engine import Array
from server.embedded.engines.openvino_conversion import DeclaredShape, Unconvertible
from server.embedded.engines.openvino_program import Program
from server.embedded.engines.openvino_source import SignatureSource
from server.embedded.engines.openvino_streams import StreamedProgram
from server.embedded.engines.saved_model import SavedModelFolder
from server.embedded.errors import ModelLoadError, ServingError

# Each holds the weights once more, so there are few; the one used last stays.
MAX_VARIANTS = 4
# Shapes that did not work, remembered so that nobody can keep the processor busy with them.
MAX_REFUSALS = 512

ShapeKey = tuple[tuple[str, DeclaredShape], ...]


class AnyShapeSignature:
    """A signature, compiled for what it declares, and for what is sent when that differs.

    Args:
        source: of its programs.
        folder: the SavedModel; its graph is not kept.
        settings: OpenVINO's properties for the compilation.

    Raises:
        Unconvertible: OpenVINO cannot serve the signature.
    """

    def __init__(
        self, source: SignatureSource, folder: SavedModelFolder, settings: Mapping[str, Any]
    ) -> None:
        self._source = source
        self._settings = settings
        self._declared, single = source.declared(settings, folder)
        self._program = (
            None if single is None else StreamedProgram(single, source.program, settings)
        )
        self._variants: OrderedDict[ShapeKey, Program] = OrderedDict()
        self._refusals: OrderedDict[ShapeKey, str] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs.

        Raises:
            ServingError: the graph does not take inputs of these shapes, or fails on them.
        """
        if self._program is not None and self._program.accepts(inputs):
            return self._program.run(inputs, outputs)
        return self._variant(self._key(inputs)).run(inputs, outputs)

    def close(self) -> None:
        """Wait for what is compiled in the background."""
        if self._program is not None:
            self._program.wait()

    def _key(self, inputs: Mapping[str, Array]) -> ShapeKey:
        """The shapes to convert for: as declared where that fits, of any size elsewhere."""
        return tuple(
            (alias, _loosened(self._declared[alias], inputs[alias].shape))
            for alias in sorted(self._declared)
        )

    def _variant(self, key: ShapeKey) -> Program:
        with self._lock:
            if key in self._refusals:
                raise self._refused(key, self._refusals[key])
            if key not in self._variants:
                try:
                    self._variants[key] = self._build(key)
                except (Unconvertible, ModelLoadError) as error:
                    self._refusals[key] = str(error)
                    if len(self._refusals) > MAX_REFUSALS:
                        self._refusals.popitem(last=False)
                    raise self._refused(key, str(error)) from error
                if len(self._variants) > MAX_VARIANTS:
                    self._variants.popitem(last=False)
            self._variants.move_to_end(key)
            return self._variants[key]

    def _build(self, key: ShapeKey) -> Program:
        # Callers choose these shapes, so nothing of them is kept on disk.
        return self._source.program(self._settings, dict(key), is_kept=False)

    def _refused(self, key: ShapeKey, reason: str) -> ServingError:
        sent = ", ".join(
            f"{alias} declared {_shape_text(self._declared[alias])}, sent {_shape_text(shape)}"
            for alias, shape in key
            if shape != self._declared[alias]
        )
        return ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"the graph refuses inputs of these shapes ({sent}): {reason}",
        )


def _loosened(declared: DeclaredShape, shape: tuple[int, ...]) -> tuple[int, ...]:
    if declared is None or len(declared) != len(shape):
        return (-1,) * len(shape)
    return tuple(
        wanted if wanted == size else -1 for wanted, size in zip(declared, shape, strict=True)
    )


def _shape_text(shape: DeclaredShape) -> str:
    if shape is None:
        return "[...]"
    return "[" + ",".join("?" if size == -1 else str(size) for size in shape) + "]"
