"""The examples of a Classify, Regress or MultiInference request, as the graph parses them.

A model of these methods takes one tensor: serialized `tensorflow.Example` messages, one to a row.

Source: `InputToSerializedExampleTensor` in TensorFlow Serving's `servables/tensorflow/util.cc`.
"""

from collections.abc import Sequence

import grpc
import numpy as np

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from serving_protocol.messages import Input

# A context is repeated for every example: a message of 2 MB can ask for terabytes.
MAX_REPEATED_BYTES = 256 * 1024 * 1024


def serialized_examples(message: Input) -> Array:
    """The examples of a request, each after the context where there is one.

    Returns:
        (N,) of objects holding bytes. A feature that is in the context and in the example has the
        example's value, because a parser takes the last one.

    Raises:
        ServingError: INVALID_ARGUMENT, there is no example, or `with_context` refuses them.
    """
    if message.WhichOneof("kind") == "example_list_with_context":
        listed = message.example_list_with_context
        examples = [example.SerializeToString() for example in listed.examples]
        return with_context(listed.context.SerializeToString(), examples)
    examples = [example.SerializeToString() for example in message.example_list.examples]
    return with_context(b"", examples)


def with_context(context: bytes, examples: Sequence[bytes]) -> Array:
    """Serialized examples that all begin with the same features.

    Args:
        context: a serialized Example; empty for none.
        examples: serialized Examples.

    Returns:
        (N,) of objects holding bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, there is no example, or the repeated context takes more than
            `MAX_REPEATED_BYTES`.
    """
    if not examples:
        raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, "Input is empty.")
    repeated_bytes = len(context) * (len(examples) - 1)
    if repeated_bytes > MAX_REPEATED_BYTES:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"the context of {len(context)} bytes, repeated for {len(examples)} examples, adds "
            f"{repeated_bytes} bytes, more than the {MAX_REPEATED_BYTES} allowed; send fewer "
            "examples at a time",
        )
    array = np.empty(len(examples), object)
    array[:] = [context + example for example in examples] if context else examples
    return array
