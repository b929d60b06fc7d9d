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
from server.embedded.engines.openvino_conversion import (
    ConvertedSignature,
    DeclaredShape,
    Unconvertible,
    convert_signature,
)
from server.embedded.engines.openvino_program import Program, port_shapes
from server.embedded.engines.openvino_runtime import reason_of
from server.embedded.engines.openvino_streams import StreamedProgram
from server.embedded.engines.saved_model import SavedModelFolder, read_saved_model
from server.embedded.errors import ModelLoadError, ServingError

# Each holds the weights once more, so there are few; the one used last stays.
MAX_VARIANTS = 4
# Shapes that did not work, remembered so that nobody can keep the processor busy with them.
MAX_REFUSALS = 512

ShapeKey = tuple[tuple[str, DeclaredShape], ...]


class SourceOfSignature:
    """Where a signature is converted from, once more when it has to be.

    Args:
        core: an `openvino.Core`.
        folder: the SavedModel; its graph is not kept.
        name: the signature.
    """

    def __init__(self, core: Any, folder: SavedModelFolder, name: str) -> None:
        self.core = core
        self.name = name
        self.signature = folder.signatures[name]
        self._path = folder.path
        self._tags = frozenset(folder.meta_graph.meta_info_def.tags)
        self._fingerprint = folder.fingerprint

    def read_again(self) -> SavedModelFolder:
        """The SavedModel, as it was.

        Raises:
            ModelLoadError: it cannot be read.
            Unconvertible: it is another one.
        """
        folder = read_saved_model(self._path, self._tags)
        if folder.fingerprint != self._fingerprint:
            raise Unconvertible(f"{self._path} has changed since this version was loaded")
        return folder

    def compiled(self, converted: ConvertedSignature, settings: Mapping[str, Any]) -> Program:
        """The converted signature as a program.

        Raises:
            Unconvertible: OpenVINO cannot compile it.
        """
        try:
            return Program(self.core, converted, self.signature, settings)
        except RuntimeError as error:
            raise Unconvertible(f"OpenVINO cannot compile it: {reason_of(error)}") from error


class AnyShapeSignature:
    """A signature, compiled for what it declares, and for what is sent when that differs.

    Args:
        core: an `openvino.Core`.
        folder: the SavedModel; its graph is not kept.
        name: the signature.
        settings: OpenVINO's properties for the compilation.

    Raises:
        Unconvertible: OpenVINO cannot serve the signature.
    """

    def __init__(
        self, core: Any, folder: SavedModelFolder, name: str, settings: Mapping[str, Any]
    ) -> None:
        self._source = SourceOfSignature(core, folder, name)
        self._settings = settings
        converted = convert_signature(core, folder, name)
        self._declared = port_shapes(converted)
        # OpenVINO cannot compile for an unknown rank: such a signature waits for its first input.
        any_rank = any(shape is None for shape in self._declared.values())
        self._program = None if any_rank else self._as_declared(converted)
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

    def _as_declared(self, converted: ConvertedSignature) -> StreamedProgram:
        def again(settings: Mapping[str, Any]) -> Program:
            source = self._source
            folder = source.read_again()
            return source.compiled(convert_signature(source.core, folder, source.name), settings)

        single = self._source.compiled(converted, self._settings)
        return StreamedProgram(single, again, self._settings)

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
        source = self._source
        converted = convert_signature(source.core, source.read_again(), source.name, dict(key))
        return source.compiled(converted, self._settings)

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
