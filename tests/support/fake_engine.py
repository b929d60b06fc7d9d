"""An engine whose models are a number in a file: y = x + that number."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import numpy.typing as npt

from server.embedded.errors import ModelLoadError, ServingError
from serving_protocol.messages import DataType, SignatureDef

Array = npt.NDArray[Any]
ADDEND_FILE = "addend.txt"


def write_version(base_path: Path, version: int | str, addend: float | str = 0.0) -> Path:
    """Put a version below `base_path` as one should: whole, by a rename."""
    folder = base_path / str(version)
    partial = base_path / f"{version}.partial"
    partial.mkdir(parents=True)
    (partial / ADDEND_FILE).write_text(str(addend))
    return partial.rename(folder)


def addition_signature(rows: int = -1) -> SignatureDef:
    """x float [rows] -> y float [rows]."""
    signature = SignatureDef(method_name="tensorflow/serving/predict")
    for info, name in ((signature.inputs["x"], "x:0"), (signature.outputs["y"], "y:0")):
        info.name = name
        info.dtype = DataType.Value("DT_FLOAT")
        info.tensor_shape.dim.add(size=rows)
    return signature


class FakeModel:
    """Adds a number; refuses negative ones. See `LoadedModel`."""

    engine = "fake"

    def __init__(self, addend: float, rows: int = -1) -> None:
        self.addend = addend
        self.signatures: Mapping[str, SignatureDef] = {"serving_default": addition_signature(rows)}
        self.is_closed = False
        self.batches: list[int] = []
        self.may_run = threading.Event()
        self.may_run.set()

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """x + addend, once `may_run` is set."""
        assert not self.is_closed, "a closed model was run"
        self.batches.append(inputs["x"].shape[0] if inputs["x"].ndim else 0)
        assert self.may_run.wait(30)
        assert not self.is_closed, "the model was closed under a request"
        if np.any(inputs["x"] < 0):
            raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, "x is negative")
        return {alias: inputs["x"] + np.float32(self.addend) for alias in outputs}

    def run_together(
        self,
        inputs: Mapping[str, Mapping[str, Array]],
        outputs: Mapping[str, Sequence[str]],
    ) -> dict[str, dict[str, Array]]:
        """Each signature after the other."""
        return {name: self.run(name, inputs[name], chosen) for name, chosen in outputs.items()}

    def close(self) -> None:
        """No more runs."""
        self.is_closed = True


class FakeEngine:
    """Loads `FakeModel`s. See `Engine`.

    Attributes:
        loads: every folder that was tried, in order.
        may_load: cleared, loads wait until it is set again.
        models: what was loaded, by folder.
    """

    def __init__(self) -> None:
        self.loads: list[Path] = []
        self.models: dict[Path, FakeModel] = {}
        self.may_load = threading.Event()
        self.may_load.set()

    def load(self, version_dir: Path) -> FakeModel:
        """The model of the number in the folder."""
        self.loads.append(version_dir)
        assert self.may_load.wait(30)
        try:
            addend = float((version_dir / ADDEND_FILE).read_text())
        except (OSError, ValueError) as error:
            raise ModelLoadError(grpc.StatusCode.NOT_FOUND, f"{version_dir}: {error}") from error
        self.models[version_dir] = FakeModel(addend)
        return self.models[version_dir]

    def __call__(self, name: str, version: int, version_dir: Path) -> FakeModel:
        """As the manager's `Loader`."""
        return self.load(version_dir)
