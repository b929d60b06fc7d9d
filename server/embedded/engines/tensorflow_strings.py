"""Strings that a graph answers are fetched without their dimensions, which may be too many.

TensorFlow makes NumPy arrays of strings with iterators of 32 axes and looks at no error: a graph
that adds a dimension to an input of 32 ended the process.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import grpc

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from serving_protocol.messages import SignatureDef


class FlatStrings(NamedTuple):
    """Names of the tensors that are fetched in the place of one."""

    values: str
    shape: str


def add_flat_strings(
    tf: ModuleType, graph: Any, signatures: Mapping[str, SignatureDef]
) -> dict[str, FlatStrings]:
    """Add to a graph, for each output of strings, its values in a row and its shape.

    Returns:
        By the tensor's name.
    """
    added = {}
    names = {info.name for each in signatures.values() for info in each.outputs.values()}
    for name in sorted(names):
        try:
            tensor = graph.get_tensor_by_name(name)
        # The graph has no such tensor, which the session says better.
        except (KeyError, ValueError, TypeError):
            continue
        if tensor.dtype.base_dtype != tf.string:
            continue
        with graph.as_default(), graph.device(None):
            added[name] = FlatStrings(
                tf.reshape(tensor, [-1]).name, tf.shape(tensor, out_type=tf.int64).name
            )
    return added


def fetched_tensors(
    wanted: Iterable[str], flat_strings: Mapping[str, FlatStrings]
) -> tuple[str, ...]:
    """What to fetch for these tensors."""
    return tuple(each for name in wanted for each in flat_strings.get(name, (name,)))


def whole_tensor(
    name: str, fetched: Mapping[str, Array], flat_strings: Mapping[str, FlatStrings]
) -> Array:
    """A tensor of what was fetched.

    Raises:
        ServingError: INVALID_ARGUMENT, no array has so many dimensions.
    """
    flat = flat_strings.get(name)
    if flat is None:
        return fetched[name]
    shape = fetched[flat.shape].tolist()
    try:
        return fetched[flat.values].reshape(shape)
    except ValueError as error:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"the model answers {name} with {len(shape)} dimensions, which no array has: {error}",
        ) from error
