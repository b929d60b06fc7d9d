"""Serves SavedModels with OpenVINO Runtime, on the CPU and without TensorFlow.

All or nothing: a model is served only if OpenVINO can serve every signature of it that has
outputs, so that what `GetModelMetadata` lists can also be asked. A signature that takes encoded
images is served where the model's card says which other one takes their pixels.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import grpc

from model_repository.card import BadModelCard, read_model_card
from server.embedded.engines.dtype_check import check_dtypes
from server.embedded.engines.encoded_images import DecodedInputs, DecodedPixels, decoded_pixels
from server.embedded.engines.engine import BFLOAT16, Array, EngineSettings, RefusedByEngine
from server.embedded.engines.openvino_cache import CompilationCache
from server.embedded.engines.openvino_conversion import (
    Unconvertible,
    convert_signature,
    refuse_unservable,
)
from server.embedded.engines.openvino_rows import RowwiseSignature, takes_resized_images
from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.openvino_shapes import AnyShapeSignature
from server.embedded.engines.openvino_source import SignatureSource, content_digest
from server.embedded.engines.openvino_suppression import suppression_extension
from server.embedded.engines.openvino_unlimited_suppression import (
    unlimited_suppression_extensions,
)
from server.embedded.engines.saved_model import (
    SavedModelFolder,
    callable_signatures,
    read_saved_model,
)
from server.embedded.errors import ServingError
from serving_protocol.messages import SignatureDef

ComputedSignature = AnyShapeSignature | RowwiseSignature
log = logging.getLogger(__name__)
# Two threads at once would make two cores, of which one ended.
_core_lock = threading.Lock()


class UnservableByOpenvino(RefusedByEngine):
    """The SavedModel is whole, and OpenVINO cannot serve it."""

    def __init__(self, version_dir: Path, reason: str) -> None:
        super().__init__(
            f"OpenVINO cannot serve {version_dir}: {reason}. --engine=tensorflow can.", reason
        )


class OpenvinoModel:
    """A SavedModel whose every signature runs in OpenVINO. See `LoadedModel`."""

    engine = "openvino"

    def __init__(
        self,
        signatures: Mapping[str, SignatureDef],
        programs: Mapping[str, ComputedSignature | DecodedInputs],
    ) -> None:
        self.signatures = signatures
        self._programs = dict(programs)

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """See `LoadedModel.run`.

        Raises:
            ServingError: also OUT_OF_RANGE, as TensorFlow answers for a signature that names an
                operation without outputs.
        """
        if signature_name not in self._programs:
            raise ServingError(
                grpc.StatusCode.OUT_OF_RANGE,
                f'the signature "{signature_name}" initializes the model and has no outputs',
            )
        taken = {
            alias: info.dtype for alias, info in self.signatures[signature_name].inputs.items()
        }
        check_dtypes(taken, inputs)
        return self._programs[signature_name].run(inputs, outputs)

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, Array]]:
        """See `LoadedModel.run_together`. Each signature is a program of its own here."""
        return {name: self.run(name, inputs[name], chosen) for name, chosen in outputs.items()}

    def close(self) -> None:
        """See `LoadedModel.close`."""
        for program in self._programs.values():
            program.close()
        self._programs.clear()


class OpenvinoEngine:
    """Loads SavedModels into OpenVINO. See `EngineAdapter`.

    Args:
        settings: threads and tags. By default one request runs on all cores, which is the shortest
            time to its answer, and several at once on one each.

    Raises:
        EngineMissing: OpenVINO is not installed.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        settings = settings or EngineSettings()
        self._tags = settings.tags
        self._core = the_core()
        self._compilation = compilation_settings(settings)
        folder = settings.compiled_dir
        self._cache = None if folder is None else CompilationCache(self._core, folder)

    def load(self, version_dir: Path) -> OpenvinoModel:
        """See `Engine.load`.

        Raises:
            UnservableByOpenvino: OpenVINO cannot serve one of the signatures.
            ModelLoadError: the SavedModel is incomplete or damaged.
        """
        return self.load_folder(read_saved_model(version_dir, self._tags))

    def load_folder(self, folder: SavedModelFolder) -> OpenvinoModel:
        """Load a SavedModel that was read already.

        Raises:
            UnservableByOpenvino: OpenVINO cannot serve one of the signatures.
        """
        names, decoded = _parted(folder)
        programs: dict[str, ComputedSignature | DecodedInputs] = {}
        try:
            for name in names:
                refuse_unservable(folder.meta_graph, name)
            content = content_digest(folder) if self._cache is not None else None
            for name in names:
                source = SignatureSource(self._core, folder, name, self._cache, content)
                programs[name] = self._computed(source, folder)
        except Unconvertible as error:
            raise UnservableByOpenvino(folder.path, str(error)) from error
        for name, pixels in decoded.items():
            programs[name] = DecodedInputs(pixels, programs[pixels.signature].run)
        return OpenvinoModel(folder.signatures, programs)

    def _computed(self, source: SignatureSource, folder: SavedModelFolder) -> ComputedSignature:
        if takes_resized_images(source.name, folder.signatures):
            return RowwiseSignature(source, folder, self._compilation)
        return AnyShapeSignature(source, folder, self._compilation)

    @staticmethod
    def refusal(folder: SavedModelFolder) -> str | None:
        """See `EngineAdapter.refusal`. Converts every signature, and keeps nothing of it."""
        names, _ = _parted(folder)
        try:
            for name in names:
                refuse_unservable(folder.meta_graph, name)
            core = the_core()
            for name in names:
                convert_signature(core, folder, name)
        except Unconvertible as error:
            return str(error)
        return None


def _parted(folder: SavedModelFolder) -> tuple[list[str], dict[str, DecodedPixels]]:
    """The signatures that OpenVINO computes, and those that it computes once others decoded."""
    try:
        card = read_model_card(folder.path)
    except BadModelCard as error:
        log.warning("%s; its images are not decoded for OpenVINO", error)
        card = None
    preprocessing = None if card is None else card.preprocessing
    signatures = callable_signatures(folder.signatures)
    decoded = {}
    for name in signatures:
        pixels = None if preprocessing is None else decoded_pixels(name, signatures, preprocessing)
        if pixels is not None:
            decoded[name] = pixels
    return sorted(set(signatures) - set(decoded)), decoded


def the_core() -> Any:
    """The process's `openvino.Core`, which reads files, never maps them, and knows our detectors.

    A mapped file that is cut short later would take the process down with it. And so would a core
    that ends: the thread that first compiles is given another stack for its signals, which goes
    with the core, and which that thread still has where another one ended the core.

    Raises:
        EngineMissing: OpenVINO is not installed.
    """
    openvino = import_openvino()
    with _core_lock:
        return _made_once(openvino)


@cache
def _made_once(openvino: Any) -> Any:
    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})
    core.add_extension([suppression_extension(), *unlimited_suppression_extensions()])
    return core


def _has_bfloat16(settings: EngineSettings) -> bool:
    """Whether bfloat16 was chosen, and the processor has instructions for it."""
    if settings.precision != BFLOAT16:
        return False
    if "BF16" in the_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return True
    log.warning(
        "--precision=bfloat16: this processor has no instructions for it (AMX or AVX-512 BF16), "
        "and would be slower; OpenVINO computes in float32"
    )
    return False


def compilation_settings(settings: EngineSettings) -> dict[str, Any]:
    """OpenVINO's properties.

    float32 unless bfloat16 was chosen: on CPUs with AMX that is OpenVINO's default, and its scores
    differ from TensorFlow's in the second decimal. No thread is bound to a core, because the models
    of a server would all be bound to the same ones.
    """
    properties: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if _has_bfloat16(settings) else "f32",
        "ENABLE_CPU_PINNING": False,
    }
    if settings.inter_op_threads > 0:
        properties["NUM_STREAMS"] = settings.inter_op_threads
    if settings.intra_op_threads > 0:
        properties["INFERENCE_NUM_THREADS"] = settings.intra_op_threads * max(
            settings.inter_op_threads, 1
        )
    return properties
