"""A signature compiled for the CPU: made of a converted one, or read from where it was kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.embedded.engines.openvino_conversion import ConvertedSignature, DeclaredShape
from server.embedded.engines.openvino_shape_check import shape_dependent_part


@dataclass(frozen=True)
class CompiledSignature:
    """What a `Program` runs.

    Attributes:
        compiled: the `openvino.CompiledModel`.
        input_shapes: by input alias, that it takes; -1 for any size, None for any rank.
        input_ports: input alias to its index among the model's inputs.
        output_ports: output alias to its index among the model's outputs.
        shapes: the part of the `openvino.Model` whose shapes depend on the inputs'; None where all
            are fixed.
        weights_bytes: of the graph's constants.
    """

    compiled: Any
    input_shapes: Mapping[str, DeclaredShape]
    input_ports: Mapping[str, int]
    output_ports: Mapping[str, int]
    shapes: Any
    weights_bytes: int


def compile_signature(
    core: Any, converted: ConvertedSignature, settings: Mapping[str, Any]
) -> CompiledSignature:
    """Compile a converted signature.

    Args:
        core: an `openvino.Core`.
        converted: not used by anything else afterwards.
        settings: OpenVINO's properties for the compilation.

    Raises:
        RuntimeError: OpenVINO cannot compile it.
    """
    model = converted.model
    return CompiledSignature(
        core.compile_model(model, "CPU", dict(settings)),
        port_shapes(converted),
        converted.input_ports,
        converted.output_ports,
        shape_dependent_part(model),
        sum(node.get_byte_size() for node in model.get_ops() if node.get_type_name() == "Constant"),
    )


def port_shapes(converted: ConvertedSignature) -> dict[str, DeclaredShape]:
    """The shape that each input was converted for; -1 for any size, None for any rank."""
    shapes: dict[str, DeclaredShape] = {}
    for alias, index in converted.input_ports.items():
        partial = converted.model.inputs[index].partial_shape
        if partial.rank.is_dynamic:
            shapes[alias] = None
        else:
            shapes[alias] = tuple(-1 if d.is_dynamic else d.get_length() for d in partial)
    return shapes
