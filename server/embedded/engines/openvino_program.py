"""A converted signature, compiled, with the inference requests that share it."""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import numpy as np

from server.embedded.engines.engine import Array
from server.embedded.engines.fair_pool import FairPool
from server.embedded.engines.openvino_compiled import CompiledSignature
from server.embedded.engines.openvino_conversion import DeclaredShape
from server.embedded.engines.openvino_runtime import import_openvino, reason_of
from server.embedded.engines.openvino_shape_check import ShapeCheck, shapes_text
from server.embedded.errors import ServingError
from serving_protocol.messages import SignatureDef
from serving_protocol.tensors import numpy_dtype

# How OpenVINO words the refusal of a shape, at the input or deep in the graph.
SHAPE_WORDS = ("shape", "dimension", "incompatible", "mismatch", "rank", "broadcast")
INT32 = np.iinfo(np.int32)
# A request keeps the memory that its largest inference took. After one whose inputs and outputs
# have more bytes than this it is given back, which is quick beside such an inference.
KEPT_BYTES = 32 * 1024 * 1024
SMALL_BYTES = 1024 * 1024


class Program:
    """Runs one signature; threads that call it at once wait for one of its requests.

    There are as many requests as OpenVINO runs at the same time, so that intermediate tensors take
    a bounded amount of memory however many callers there are.

    Args:
        compiled: the signature.
        signature: declares the dtypes of the outputs.

    Attributes:
        input_shapes: that it takes; -1 for any size, None for any rank.
        threads: that compute, all requests together.
        weights_bytes: of the graph's constants.
    """

    def __init__(self, compiled: CompiledSignature, signature: SignatureDef) -> None:
        self.input_shapes = compiled.input_shapes
        self._input_ports = compiled.input_ports
        self._output_ports = compiled.output_ports
        self._dtypes = {alias: numpy_dtype(info.dtype) for alias, info in signature.outputs.items()}
        self._compiled = compiled.compiled
        self.threads = int(self._compiled.get_property("INFERENCE_NUM_THREADS"))
        self.weights_bytes = compiled.weights_bytes
        self._shape_check = ShapeCheck(compiled.input_ports, compiled.shapes)
        count = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self._small_inputs: dict[str, Array] | None = None
        self._requests = FairPool(_Slot(self._compiled) for _ in range(count))

    def accepts(self, inputs: Mapping[str, Array]) -> bool:
        """Whether it was compiled for inputs of these shapes."""
        return all(fits(self.input_shapes[alias], array.shape) for alias, array in inputs.items())

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs, copied; those that are not named stay where they are.

        Args:
            inputs: an array for each input alias, of the declared dtypes.
            outputs: output aliases.

        Raises:
            ServingError: INVALID_ARGUMENT where the graph refuses a shape, UNIMPLEMENTED for
                integers of more than 32 bits, RESOURCE_EXHAUSTED where memory runs out, INTERNAL
                for everything else.
        """
        self._shape_check.check(inputs)
        _refuse_wide_integers(inputs)
        try:
            with self._requests.lend() as slot:
                try:
                    return self._infer(slot.request, inputs, outputs)
                finally:
                    self._after(slot, inputs)
        except RuntimeError as error:
            raise _translated(error, inputs) from error
        except MemoryError as error:
            raise ServingError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"no memory left for inputs of {shapes_text(inputs)}",
            ) from error

    def _infer(
        self, request: Any, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> dict[str, Array]:
        memory = self._set_inputs(request, inputs)
        request.infer()
        del memory
        return {alias: self._copy_of_output(request, alias) for alias in outputs}

    def _after(self, slot: "_Slot", inputs: Mapping[str, Array]) -> None:
        """Give back what a large inference took, and remember the inputs of the first small one."""
        size = self._message_bytes(slot.request, inputs)
        if size > KEPT_BYTES:
            slot.renew()
            self._compiled.release_memory()
            if self._small_inputs is not None:
                # The outputs of the last inference are kept by the graph until the next one.
                self._infer(slot.request, self._small_inputs, ())
        elif size <= SMALL_BYTES and self._small_inputs is None:
            self._small_inputs = {alias: array.copy() for alias, array in inputs.items()}

    def _message_bytes(self, request: Any, inputs: Mapping[str, Array]) -> int:
        """The bytes of all inputs and outputs, also of those that nobody asked for."""
        produced = sum(
            request.get_output_tensor(port).byte_size for port in self._output_ports.values()
        )
        return int(produced) + sum(array.nbytes for array in inputs.values())

    def _set_inputs(self, request: Any, inputs: Mapping[str, Array]) -> list[Array]:
        """Hand the inputs over; the request reads from the returned arrays, but does not own them.

        They have to outlive the inference, or it computes on whatever lies there next.
        """
        tensor_class = import_openvino().Tensor
        # OpenVINO takes no read-only memory, such as a view of a message's bytes.
        memory = {
            alias: np.require(array, requirements=("C", "W")) for alias, array in inputs.items()
        }
        for alias, array in memory.items():
            tensor = tensor_class(array, shared_memory=True)
            request.set_input_tensor(self._input_ports[alias], tensor)
        return list(memory.values())

    def _copy_of_output(self, request: Any, alias: str) -> Array:
        data = request.get_output_tensor(self._output_ports[alias]).data
        return np.array(data, dtype=self._dtypes[alias], order="C")


class _Slot:
    """Holds an inference request, and makes another one in its place."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.renew()

    def renew(self) -> None:
        """Let go of the request, and of the memory that it keeps."""
        self.request = self._compiled.create_infer_request()


def fits(declared: DeclaredShape, shape: tuple[int, ...]) -> bool:
    """Whether an array of `shape` is one of those that `declared` stands for."""
    if declared is None:
        return True
    return len(declared) == len(shape) and all(
        wanted in (-1, size) for wanted, size in zip(declared, shape, strict=True)
    )


def _refuse_wide_integers(inputs: Mapping[str, Array]) -> None:
    """OpenVINO's CPU plugin computes int64 as int32: 2**40 would become 0."""
    for alias, array in inputs.items():
        if array.dtype == np.int64 and array.size:
            least, most = array.min(), array.max()
            if least < INT32.min or most > INT32.max:
                raise ServingError(
                    grpc.StatusCode.UNIMPLEMENTED,
                    f"input {alias} holds {least if least < INT32.min else most}, and OpenVINO "
                    "computes with 32 bits; --engine=tensorflow computes with 64",
                )


def _translated(error: RuntimeError, inputs: Mapping[str, Array]) -> ServingError:
    reason = reason_of(error)
    of_the_shape = any(word in reason.lower() for word in SHAPE_WORDS)
    code = grpc.StatusCode.INVALID_ARGUMENT if of_the_shape else grpc.StatusCode.INTERNAL
    return ServingError(code, f"the graph refuses inputs of {shapes_text(inputs)}: {reason}")
