"""A signature of a SavedModel as a model of OpenVINO's.

OpenVINO reads one signature of a SavedModel, `serving_default` before others, and names its ports
after the signature's aliases, or after tensors of the same names. So each signature is handed to it
in a SavedModel of its own, under aliases that nothing else bears; the variables stay where they
are.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_repository.model_folder import SAVED_MODEL_NAME
from server.embedded.engines.graph_operations import state_changing_operations
from server.embedded.engines.openvino_gather import gather_rows_by_copies
from server.embedded.engines.openvino_output_names import number_outputs
from server.embedded.engines.openvino_postprocessing import with_quick_postprocessing
from server.embedded.engines.openvino_runtime import element_dtype, reason_of
from server.embedded.engines.openvino_slices import keep_slices_of_joined
from server.embedded.engines.openvino_top_k import sort_many_quickly
from server.embedded.engines.request_values import operations_on_request_values
from server.embedded.engines.saved_model import (
    INIT_OP_SIGNATURE,
    SavedModelFolder,
)
from serving_protocol.messages import MetaGraphDef, SavedModel, SignatureDef, TensorInfo
from serving_protocol.tensors import DT_STRING, UnsupportedDtype, data_type_name, numpy_dtype

READ_SIGNATURE = "serving_default"
# -1 stands for any size, as in a TensorShapeProto; None for a shape of any rank.
DeclaredShape = tuple[int, ...] | None


class Unconvertible(Exception):
    """OpenVINO cannot serve this signature; the message is the reason, in a few words."""


@dataclass(frozen=True)
class ConvertedSignature:
    """A signature, converted.

    Attributes:
        model: the `openvino.Model`.
        input_ports: input alias to its index among the model's inputs.
        output_ports: output alias to its index among the model's outputs.
    """

    model: Any
    input_ports: Mapping[str, int]
    output_ports: Mapping[str, int]


def refuse_unservable(meta_graph: MetaGraphDef, name: str) -> None:
    """Raise what can be said against a signature without converting it.

    Raises:
        Unconvertible: it takes or gives strings or other types that OpenVINO has not, it changes
            what the next request sees, or a request could read outside of its tensors.
    """
    signature = meta_graph.signature_def[name]
    for direction, tensors in (("input", signature.inputs), ("output", signature.outputs)):
        for alias, info in tensors.items():
            if info.dtype == DT_STRING:
                raise Unconvertible(f"string {direction} {alias!r} of signature {name!r}")
            if not _is_computed_exactly(info.dtype):
                raise Unconvertible(
                    f"{data_type_name(info.dtype)} {direction} {alias!r} of signature {name!r}"
                )
    changing = state_changing_operations(meta_graph, signature)
    if changing:
        raise Unconvertible(f"signature {name!r} changes its own state ({', '.join(changing)})")
    trusting = operations_on_request_values(meta_graph, signature)
    if trusting:
        raise Unconvertible(
            f"signature {name!r} takes indices or divisors from the request "
            f"({', '.join(trusting)}), which OpenVINO does not check"
        )


def _is_computed_exactly(data_type: int) -> bool:
    """Whether OpenVINO has the type, and its CPU plugin does not compute it as a narrower one."""
    try:
        return numpy_dtype(data_type) not in (np.float64, np.uint64, np.complex64, np.complex128)
    except UnsupportedDtype:
        return False


def convert_signature(
    core: Any,
    folder: SavedModelFolder,
    name: str,
    input_shapes: Mapping[str, DeclaredShape] | None = None,
) -> ConvertedSignature:
    """Convert one signature.

    Args:
        core: an `openvino.Core`.
        folder: the SavedModel; left as it is.
        name: one of its signatures.
        input_shapes: shapes to convert for, by input alias, in place of those that the graph
            declares.

    Raises:
        Unconvertible: OpenVINO cannot, or loses one of the signature's tensors on the way.
    """
    refuse_unservable(folder.meta_graph, name)
    signature = folder.meta_graph.signature_def[name]
    inputs = {alias: f"boxwright_input_{i}" for i, alias in enumerate(sorted(signature.inputs))}
    outputs = {alias: f"boxwright_output_{i}" for i, alias in enumerate(sorted(signature.outputs))}
    with tempfile.TemporaryDirectory(prefix="boxwright-") as scratch:
        _write_single_signature(folder, name, inputs, outputs, input_shapes or {}, Path(scratch))
        try:
            model = core.read_model(scratch)
        except RuntimeError as error:
            raise Unconvertible(f"OpenVINO cannot convert it: {reason_of(error)}") from error
    keep_slices_of_joined(model)
    sort_many_quickly(model)
    gather_rows_by_copies(model)
    model = with_quick_postprocessing(model)
    converted = ConvertedSignature(
        model,
        _ports(name, signature.inputs, inputs, model.inputs),
        _ports(name, signature.outputs, outputs, model.outputs),
    )
    _check_input_dtypes(name, signature, converted)
    return converted


def _write_single_signature(
    folder: SavedModelFolder,
    name: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    input_shapes: Mapping[str, DeclaredShape],
    scratch: Path,
) -> None:
    """Write a SavedModel that has the one signature, with its aliases renamed."""
    original = folder.meta_graph.signature_def[name]
    renamed = SignatureDef(
        inputs={inputs[alias]: info for alias, info in original.inputs.items()},
        outputs={outputs[alias]: info for alias, info in original.outputs.items()},
        method_name=original.method_name,
    )
    single = SavedModel(saved_model_schema_version=1)
    meta_graph = single.meta_graphs.add()
    meta_graph.CopyFrom(folder.meta_graph)
    meta_graph.meta_info_def.tags[:] = ["serve"]
    meta_graph.signature_def.clear()
    meta_graph.signature_def[READ_SIGNATURE].CopyFrom(renamed)
    if INIT_OP_SIGNATURE in folder.meta_graph.signature_def:
        meta_graph.signature_def[INIT_OP_SIGNATURE].CopyFrom(
            folder.meta_graph.signature_def[INIT_OP_SIGNATURE]
        )
    for alias, shape in input_shapes.items():
        _declare(meta_graph, original.inputs[alias].name, shape)
    number_outputs(meta_graph)
    (scratch / SAVED_MODEL_NAME).write_bytes(single.SerializeToString())
    for beside in ("variables", "assets"):
        if (folder.path / beside).is_dir():
            (scratch / beside).symlink_to((folder.path / beside).absolute())


def _declare(meta_graph: MetaGraphDef, tensor_name: str, shape: DeclaredShape) -> None:
    node_name = tensor_name.partition(":")[0]
    for node in meta_graph.graph_def.node:
        if node.name == node_name:
            proto = node.attr["shape"].shape
            proto.Clear()
            proto.unknown_rank = shape is None
            for size in shape or ():
                proto.dim.add().size = size
            node.attr.pop("_output_shapes", None)


def _ports(
    signature_name: str,
    tensors: Mapping[str, TensorInfo],
    renamed: Mapping[str, str],
    ports: Any,
) -> dict[str, int]:
    """Where each alias went."""
    index_of = {name: index for index, port in enumerate(ports) for name in port.get_names()}
    for alias in tensors:
        if renamed[alias] not in index_of:
            raise Unconvertible(
                f"OpenVINO loses the tensor {alias!r} of signature {signature_name!r}"
            )
    return {alias: index_of[renamed[alias]] for alias in tensors}


def _check_input_dtypes(name: str, signature: SignatureDef, converted: ConvertedSignature) -> None:
    for alias, index in converted.input_ports.items():
        port, declared = converted.model.inputs[index], signature.inputs[alias].dtype
        if element_dtype(port) != numpy_dtype(declared):
            raise Unconvertible(
                f"OpenVINO takes {port.element_type.get_type_name()} for the "
                f"{data_type_name(declared)} input {alias!r} of signature {name!r}"
            )
