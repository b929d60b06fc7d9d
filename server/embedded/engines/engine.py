"""The port between the model server and the runtime that computes a model's answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import grpc
import numpy.typing as npt

from server.embedded.engines.saved_model import SavedModelFolder
from server.embedded.errors import ModelLoadError
from serving_protocol.messages import SignatureDef

Array = npt.NDArray[Any]
FLOAT32, BFLOAT16 = PRECISIONS = ("float32", "bfloat16")


class EngineMissing(ImportError):
    """The runtime behind an engine is not installed; the message says what to install."""


class RefusedByEngine(ModelLoadError):
    """The SavedModel is whole, and this engine cannot serve it.

    Attributes:
        reason: why not, in a few words, without the folder's name.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(grpc.StatusCode.UNIMPLEMENTED, message)
        self.reason = reason


@dataclass(frozen=True)
class EngineSettings:
    """How much of the machine an engine may use, and which part of a SavedModel it serves.

    Attributes:
        inter_op_threads: threads that run independent parts at the same time; 0: the engine's
            choice.
        intra_op_threads: threads within one operation; 0: the engine's choice.
        tags: the tags of the MetaGraph to serve, all of them and no other.
        precision: one of `PRECISIONS`: what numbers are computed in, where an engine has the
            choice.
        compiled_dir: a folder in which an engine may keep what it compiled, for its next start;
            None for none.
    """

    inter_op_threads: int = 0
    intra_op_threads: int = 0
    tags: frozenset[str] = frozenset({"serve"})
    precision: str = FLOAT32
    compiled_dir: Path | None = None


class LoadedModel(Protocol):
    """One version of a model, in memory. Several threads may call `run` at once."""

    @property
    def engine(self) -> str:
        """Its engine's name in `registry.ENGINES`."""

    @property
    def signatures(self) -> Mapping[str, SignatureDef]:
        """The SavedModel's own signatures, every one of them, unchanged."""

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """The named outputs of a signature for these inputs.

        Args:
            signature_name: one of `signatures`.
            inputs: an array for each input alias of the signature (`object`, holding bytes, for
                strings), of any shape.
            outputs: output aliases of the signature, without repetition.

        Returns:
            An array for each of `outputs`, of the dtype that the signature declares, owned by the
            caller.

        Raises:
            ServingError: INVALID_ARGUMENT, an array is of another dtype than the graph takes; or
                the model refused the inputs, with the code that the operation gave.
        """

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, Array]]:
        """Several signatures, in one run of the graph where the engine can.

        Args:
            inputs: by signature name, as `run` takes them. Where signatures share an input tensor,
                they are given the same array.
            outputs: by signature name, as `run` takes them.

        Returns:
            By signature name, what `run` returns.

        Raises:
            ServingError: as `run` does.
        """

    def close(self) -> None:
        """Let go of the model's memory. No `run` is under way, and none follows."""


class Engine(Protocol):
    """Loads SavedModels. Several threads may call `load` at once."""

    def load(self, version_dir: Path) -> LoadedModel:
        """The SavedModel in `version_dir`, ready to run.

        Raises:
            ModelLoadError: it cannot be served; the message says what is wrong.
        """


class EngineAdapter(Engine, Protocol):
    """An engine that a row of `registry.ENGINES` names; one file, which imports its runtime."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        """Import the runtime.

        Raises:
            EngineMissing: it is not installed.
        """

    def load_folder(self, folder: SavedModelFolder) -> LoadedModel:
        """A SavedModel that was read already, ready to run.

        Raises:
            RefusedByEngine: this engine cannot serve it; the next one is tried.
            ModelLoadError: it cannot be served.
        """

    @staticmethod
    def refusal(folder: SavedModelFolder) -> str | None:
        """Why this engine cannot serve a SavedModel, in a few words; None where it can.

        Takes a second at most: it neither compiles nor loads weights into a device.

        Raises:
            EngineMissing: the runtime is not installed, and has to be asked.
        """
