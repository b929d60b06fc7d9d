"""A model of examples that parses nothing: what it gives are the sizes of what it was given."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from serving_protocol.messages import DataType, SignatureDef

Array = npt.NDArray[Any]
DTYPES = {
    "inputs": "DT_STRING",
    "classes": "DT_STRING",
    "scores": "DT_FLOAT",
    "outputs": "DT_FLOAT",
}


def example_signature(method: str, *outputs: str, rows: int = -1) -> SignatureDef:
    """inputs string [rows] -> the named outputs, whose dtype is that of their name."""
    signature = SignatureDef(method_name=f"tensorflow/serving/{method}")
    for tensors, alias in (
        (signature.inputs, "inputs"),
        *((signature.outputs, alias) for alias in outputs),
    ):
        tensors[alias].name = f"{alias}:0"
        tensors[alias].dtype = DataType.Value(DTYPES[alias])
        tensors[alias].tensor_shape.dim.add(size=rows)
    return signature


class FakeExampleModel:
    """Regresses to the size of each example, and gives it as a label and a score.

    Attributes:
        runs: the signatures of each run, in order.
        batches: the number of examples in each run.
    """

    engine = "fake"

    def __init__(self) -> None:
        self.signatures: Mapping[str, SignatureDef] = {
            "sizes": example_signature("regress", "outputs"),
            "classes": example_signature("classify", "classes", "scores"),
        }
        self.runs: list[list[str]] = []
        self.batches: list[int] = []

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """The sizes."""
        return self.run_together({signature_name: inputs}, {signature_name: outputs})[
            signature_name
        ]

    def run_together(
        self, inputs: Mapping[str, Mapping[str, Array]], outputs: Mapping[str, Sequence[str]]
    ) -> dict[str, dict[str, Array]]:
        """The sizes, by signature."""
        self.runs.append(list(outputs))
        sizes = [len(row) for row in next(iter(inputs.values()))["inputs"]]
        self.batches.append(len(sizes))
        computed = {
            "outputs": np.array(sizes, np.float32),
            "scores": np.array([[size] for size in sizes], np.float32),
            "classes": np.array([[b"%d" % size] for size in sizes], object),
        }
        return {
            name: {alias: computed[alias] for alias in asked} for name, asked in outputs.items()
        }

    def close(self) -> None:
        """Nothing to close."""
