"""Running signatures of a model on examples: what Classify, Regress and MultiInference share."""

import time
from collections.abc import Mapping, Sequence

import grpc
import numpy as np

from server.embedded.engines.engine import Array, LoadedModel
from server.embedded.errors import ServingError
from server.embedded.observer import Api, NobodyObserves, RequestObserver
from server.embedded.predict import DEFAULT_SIGNATURE
from server.embedded.servable import Servable
from serving_protocol.messages import DataType, ModelSpec, SignatureDef
from serving_protocol.tensors import UnsupportedDtype, encode_tensor

# The one input of a signature for classification or regression.
EXAMPLES_INPUT = "inputs"


def find_signature(model: LoadedModel, asked: str) -> tuple[str, SignatureDef]:
    """The signature's name, `serving_default` where `asked` is empty, and the signature.

    Raises:
        ServingError: INVALID_ARGUMENT, the model has no such signature.
    """
    name = asked or DEFAULT_SIGNATURE
    if name not in model.signatures:
        raise invalid(f"No signature was found with the name: {name}")
    return name, model.signatures[name]


def run_on_examples(
    servable: Servable,
    outputs: Mapping[str, Sequence[str]],
    examples: Array,
    api: Api,
    observer: RequestObserver | None = None,
) -> dict[str, dict[str, Array]]:
    """Run signatures that take examples, all in one run.

    Args:
        servable: held by the caller.
        outputs: by the name of a signature whose one input is `inputs`, aliases of its outputs.
        examples: (N,) of objects holding bytes.
        api: what the caller asked for.
        observer: is told how long it took.

    Returns:
        By signature, an array for each of its chosen outputs.

    Raises:
        ServingError: INVALID_ARGUMENT where the graph takes no strings; else what the model raised.
    """
    inputs = {name: {EXAMPLES_INPUT: examples} for name in outputs}
    start_s = time.monotonic()
    results = servable.model.run_together(inputs, outputs)
    (observer or NobodyObserves()).run_finished(
        servable.name, servable.model.engine, time.monotonic() - start_s, api
    )
    return results


def response_spec(servable: Servable, signature_name: str) -> ModelSpec:
    """What a response says of the model that computed it: the version's number, never a label."""
    return ModelSpec(
        name=servable.name, signature_name=signature_name, version={"value": servable.version}
    )


def dtype_name(array: Array) -> str:
    """`DT_FLOAT`, ..., as TensorFlow calls the array's dtype in messages."""
    try:
        name: str = DataType.Name(encode_tensor(np.empty(0, array.dtype)).dtype)
    except UnsupportedDtype:
        # NumPy's names of the types that TensorFlow adds to it are TensorFlow's.
        name = f"DT_{array.dtype.name.upper()}"
    return name


def shape_text(array: Array) -> str:
    """`[2,3]`, as TensorFlow writes shapes in messages."""
    return "[" + ",".join(map(str, array.shape)) + "]"


def invalid(message: str) -> ServingError:
    """An INVALID_ARGUMENT."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
