"""Arrays against what engines take: the dtypes of the graph, without a cast, and few dimensions."""

from collections.abc import Mapping

import grpc

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from serving_protocol.messages import DataType
from serving_protocol.tensors import UnsupportedDtype, data_type_name, numpy_dtype

# Of arrays that Python and a runtime hand to each other: a string tensor of rank 33 ended the
# process, since TensorFlow walks it with NumPy's iterators of that many axes. A message with more
# dimensions could keep a processor busy for minutes with the mere product of its sizes.
MAX_RANK = 32


def check_dtypes(taken: Mapping[str, int], inputs: Mapping[str, Array]) -> None:
    """Refuse arrays of another dtype than the graph takes, in the words of TensorFlow's session.

    So are those of more than `MAX_RANK` dimensions, however they came, before a runtime has them.

    Args:
        taken: a `tensorflow.DataType` by input alias.
        inputs: an array by input alias.

    Raises:
        ServingError: INVALID_ARGUMENT, naming the first one by its place among the sorted aliases.
    """
    for position, alias in enumerate(sorted(inputs)):
        if inputs[alias].ndim > MAX_RANK:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"arg[{position}] has {inputs[alias].ndim} dimensions; {MAX_RANK} are taken",
            )
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
