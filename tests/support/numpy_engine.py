"""An engine that a test adds to the model server: graphs of a few operations, by NumPy alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from server.embedded.engines.dtype_check import check_dtypes
from server.embedded.engines.engine import Array, EngineSettings, RefusedByEngine
from server.embedded.engines.saved_model import SavedModelFolder, read_saved_model
from serving_protocol.messages import NodeDef, SignatureDef
from serving_protocol.tensors import decode_tensor

OPERATIONS = {"Mul": np.multiply, "AddV2": np.add}
LEAVES = ("Placeholder", "Const")


class NumpyModel:
    """A graph that is computed node by node. See `LoadedModel`."""

    engine = "numpy"

    def __init__(self, folder: SavedModelFolder) -> None:
        self.signatures: Mapping[str, SignatureDef] = folder.signatures
        self._nodes: dict[str, NodeDef] = {
            node.name: node for node in folder.meta_graph.graph_def.node
        }

    def run(
        self, signature_name: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        """See `LoadedModel.run`."""
        signature = self.signatures[signature_name]
        check_dtypes({alias: info.dtype for alias, info in signature.inputs.items()}, inputs)
        fed = {_node_of(info.name): inputs[alias] for alias, info in signature.inputs.items()}
        return {alias: self._value(_node_of(signature.outputs[alias].name), fed)
                for alias in outputs}  # fmt: skip

    def run_together(
        self, inputs: Mapping[str, Mapping[str, Array]], outputs: Mapping[str, Sequence[str]]
    ) -> dict[str, dict[str, Array]]:
        """See `LoadedModel.run_together`."""
        return {name: self.run(name, inputs[name], chosen) for name, chosen in outputs.items()}

    def close(self) -> None:
        """See `LoadedModel.close`."""
        self._nodes.clear()

    def _value(self, name: str, fed: Mapping[str, Array]) -> Array:
        if name in fed:
            return fed[name]
        node = self._nodes[name]
        if node.op == "Const":
            return decode_tensor(node.attr["value"].tensor)
        left, right = (self._value(_node_of(each), fed) for each in node.input)
        result: Array = OPERATIONS[node.op](left, right)
        return result


class NumpyEngine:
    """Loads graphs of sums and products. See `EngineAdapter`."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._tags = (settings or EngineSettings()).tags

    def load(self, version_dir: Path) -> NumpyModel:
        """See `Engine.load`."""
        return self.load_folder(read_saved_model(version_dir, self._tags))

    def load_folder(self, folder: SavedModelFolder) -> NumpyModel:
        """See `EngineAdapter.load_folder`."""
        reason = self.refusal(folder)
        if reason is not None:
            raise RefusedByEngine(f"NumPy cannot serve {folder.path}: {reason}", reason)
        return NumpyModel(folder)

    @staticmethod
    def refusal(folder: SavedModelFolder) -> str | None:
        """See `EngineAdapter.refusal`."""
        known = {*OPERATIONS, *LEAVES}
        others = {node.op for node in folder.meta_graph.graph_def.node} - known
        return f"operation {min(others)}" if others else None


def _node_of(tensor_name: str) -> str:
    return tensor_name.partition(":")[0]
