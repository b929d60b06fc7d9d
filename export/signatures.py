"""Describe the signatures of a SavedModel, for model cards."""

from collections.abc import Mapping
from typing import Any

from serving_protocol.messages import SignatureDef, TensorInfo
from serving_protocol.tensors import data_type_name


def described_signatures(signatures: Mapping[str, SignatureDef]) -> dict[str, Any]:
    """Name -> inputs and outputs, each with dtype and shape.

    A shape is null where even the number of axes is free, and a size is where it is free.
    """
    return {
        name: {
            "inputs": {key: _tensor(info) for key, info in sorted(signature.inputs.items())},
            "outputs": {key: _tensor(info) for key, info in sorted(signature.outputs.items())},
        }
        for name, signature in sorted(signatures.items())
    }


def _tensor(info: TensorInfo) -> dict[str, Any]:
    shape = None
    if not info.tensor_shape.unknown_rank:
        shape = [dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim]
    return {"dtype": data_type_name(info.dtype), "shape": shape}
