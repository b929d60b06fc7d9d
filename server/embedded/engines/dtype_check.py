"""Arrays against the dtypes that a graph takes; nothing is cast."""

from collections.abc import Mapping

import grpc

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from serving_protocol.messages import DataType
from serving_protocol.tensors import UnsupportedDtype, data_type_name, numpy_dtype


def check_dtypes(taken: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
    """Refuse arrays of another dtype than the graph takes, in the words of TensorFlow's session.

    Args:
        taken: a `tensorflow.DataType` by input alias.
        inputs: an array by input alias.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the first one by its place among the sorted aliases.
    """
    for position, alias in enumerate(sorted(inputs)):
        if not _holds(taken[alias], inputs[alias]):
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"Expects arg[{position}] to be {data_type_name(taken[alias])} but "
                f"{_dtype_name(inputs[alias])} is provided",
            )


def _holds(data_type: int, array: Array) -> bool:
    try:
        return bool(numpy_dtype(data_type) == array.dtype)
    except UnsupportedDtype:
        # No array stands for such a dtype (a resource, bfloat16): the engine has the last word.
        return True


def _dtype_name(array: Array) -> str:
    for data_type in DataType.values():
        try:
            if numpy_dtype(data_type) == array.dtype:
                return data_type_name(data_type)
        except UnsupportedDtype:
            continue
    return str(array.dtype)
