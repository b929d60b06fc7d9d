"""Whether a graph can compute inputs of certain shapes, asked before it does.

OpenVINO's CPU plugin checks the shapes that it meets at run time in some operations only: the
product of a [2, 2] and a [3, 2] matrix reads past the end of the first and answers with whatever
lies there. Its graph representation checks all of them, when a model is reshaped.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import grpc

from server.embedded.engines.engine import Array
from server.embedded.engines.openvino_runtime import import_openvino, reason_of
from server.embedded.errors import ServingError

# Verdicts that are remembered; images come in few sizes, but callers choose them.
MAX_VERDICTS = 1024

Shapes = tuple[tuple[int, ...], ...]


class ShapeCheck:
    """Refuses shapes that the graph cannot compute; remembers its verdicts.

    Args:
        input_ports: input alias to its index among the model's inputs.
        model: `shape_dependent_part` of one that is compiled already, for its operations change
            their shapes here; None where all shapes are fixed.
    """

    def __init__(self, input_ports: Mapping[str, int], model: Any) -> None:
        self._ports = dict(sorted(input_ports.items()))
        self._model = model
        # None where the shapes are fine, else the reason why not.
        self._verdicts: OrderedDict[Shapes, str | None] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, inputs: Mapping[str, Array]) -> None:
        """Return if the graph can compute inputs of these shapes.

        Raises:
            ServingError: INVALID_ARGUMENT, it cannot.
        """
        if self._model is None:
            return
        shapes = tuple(inputs[alias].shape for alias in self._ports)
        with self._lock:
            if shapes not in self._verdicts:
                self._verdicts[shapes] = self._verdict(shapes)
                if len(self._verdicts) > MAX_VERDICTS:
                    self._verdicts.popitem(last=False)
            reason = self._verdicts[shapes]
        if reason is not None:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"the graph refuses inputs of {shapes_text(inputs)}: {reason}",
            )

    def _verdict(self, shapes: Shapes) -> str | None:
        partial_shape = import_openvino().PartialShape
        wanted = {
            port: partial_shape(list(shape))
            for port, shape in zip(self._ports.values(), shapes, strict=True)
        }
        try:
            self._model.reshape(wanted)
        except RuntimeError as error:
            return reason_of(error)
        if any(_enlarges_nothing(node) for node in self._model.get_ops()):
            return "input image must be of non-zero size"
        return None


def shapes_text(inputs: Mapping[str, Array]) -> str:
    """`x [2, 3], y []`, for messages."""
    return ", ".join(f"{alias} {list(array.shape)}" for alias, array in sorted(inputs.items()))


def _enlarges_nothing(node: Any) -> bool:
    """Whether an empty image is to be resized, which OpenVINO answers with anything at all."""
    return (
        node.get_type_name() == "Interpolate"
        and 0 in node.input(0).get_partial_shape().get_min_shape()
        and 0 not in node.output(0).get_partial_shape().get_min_shape()
    )


def shape_dependent_part(model: Any) -> Any:
    """The model up to where shapes are fixed; None if they are so from the start.

    For a detector that first resizes its image, a handful of operations.
    """
    parameters = model.get_parameters()
    pending = [node for node in parameters if node.output(0).get_partial_shape().is_dynamic]
    if not pending:
        return None
    seen: set[str] = set()
    ends = []
    while pending:
        node = pending.pop()
        if node.get_name() in seen:
            continue
        seen.add(node.get_name())
        outputs = node.outputs()
        for output in outputs:
            readers = [reader.get_node() for reader in output.get_target_inputs()]
            if output.get_partial_shape().is_dynamic:
                pending.extend(reader for reader in readers if reader.get_type_name() != "Result")
            ends_here = output.get_partial_shape().is_static or any(
                reader.get_type_name() == "Result" for reader in readers
            )
            if ends_here or not readers:
                ends.append(output)
    return import_openvino().Model(ends, parameters, "shapes")
