"""A signature whose images are computed one by one, by a program of static shapes.

Compiled for exactly one image, a detector takes a fifth less time than for any number of them;
several go to several streams, which takes no longer than one program for all. What has another
shape goes to the graph as the signature declares it, compiled when it first comes.
"""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import numpy as np

from server.embedded.engines.engine import Array
from server.embedded.engines.openvino_conversion import DeclaredShape, Unconvertible
from server.embedded.engines.openvino_shape_check import shapes_text
from server.embedded.engines.openvino_shapes import AnyShapeSignature
from server.embedded.engines.openvino_source import SignatureSource
from server.embedded.engines.openvino_streams import StreamedProgram
from server.embedded.engines.saved_model import SavedModelFolder
from server.embedded.errors import ModelLoadError, ServingError
from serving_protocol.detector_signature import RESIZED_SIGNATURE
from serving_protocol.image_input import ImageInput, NotADetector
from serving_protocol.messages import SignatureDef


class RowwiseSignature:
    """A signature of one input whose rows have one size; see `AnyShapeSignature`.

    Args:
        source: of its programs; its rows do not depend on each other.
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
        [(self._alias, info)] = source.signature.inputs.items()
        self._row_shape = tuple(dim.size for dim in info.tensor_shape.dim)[1:]
        single = source.program(settings, self._shapes, folder)
        self._program = StreamedProgram(
            single, lambda chosen: source.program(chosen, self._shapes), settings
        )
        self._workers: ThreadPoolExecutor | None = None
        self._threads = single.threads
        self._of_any_shape: AnyShapeSignature | None = None
        self._lock = threading.Lock()

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs.

        Raises:
            ServingError: the graph does not take inputs of these shapes, or fails on them.
        """
        images = inputs[self._alias]
        if images.ndim != 1 + len(self._row_shape) or images.shape[1:] != self._row_shape:
            return self._others(inputs).run(inputs, outputs)
        if len(images) == 1:
            return self._program.run(inputs, outputs)
        if len(images) == 0:
            black = np.zeros((1, *self._row_shape), images.dtype)
            answer = self._program.run({self._alias: black}, outputs)
            return {alias: rows[:0] for alias, rows in answer.items()}
        rows = [{self._alias: images[row : row + 1]} for row in range(len(images))]
        answers = list(self._pool().map(lambda row: self._program.run(row, outputs), rows))
        return {alias: np.concatenate([each[alias] for each in answers]) for alias in outputs}

    def close(self) -> None:
        """End what runs beside the callers."""
        self._program.wait()
        if self._workers is not None:
            self._workers.shutdown()

    @property
    def _shapes(self) -> dict[str, DeclaredShape]:
        return {self._alias: (1, *self._row_shape)}

    def _others(self, inputs: Mapping[str, Array]) -> AnyShapeSignature:
        with self._lock:
            if self._of_any_shape is None:
                try:
                    self._of_any_shape = AnyShapeSignature(
                        self._source, self._source.read_again(), self._settings
                    )
                except (Unconvertible, ModelLoadError) as error:
                    raise ServingError(
                        grpc.StatusCode.INVALID_ARGUMENT,
                        f"the graph refuses inputs of {shapes_text(inputs)}: {error}",
                    ) from error
            return self._of_any_shape

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(self._threads, "openvino-rows")
            return self._workers


def takes_resized_images(name: str, signatures: Mapping[str, SignatureDef]) -> bool:
    """Whether it is the signature of exports whose images have one size, and answer for themselves.

    The name alone promises the latter.
    """
    if name != RESIZED_SIGNATURE or len(signatures[name].inputs) != 1:
        return False
    [(alias, info)] = signatures[name].inputs.items()
    try:
        return ImageInput.from_tensor_info(alias, info).is_resized
    except NotADetector:
        return False
