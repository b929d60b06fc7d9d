"""Predict between the transports and the engines: TensorFlow Serving's checks, in its order.

A step each, since REST checks a request against the signature while it reads the JSON, and gRPC
when it has read all of it. Semantics: `predict_util.cc`.
"""

import heapq
import time
from collections.abc import Iterable, Mapping, Sequence

import grpc

from server.embedded.engines.dtype_check import MAX_RANK
from server.embedded.engines.engine import LoadedModel
from server.embedded.errors import MAX_MESSAGE_BYTES, ServingError
from server.embedded.observer import NobodyObserves, RequestObserver
from server.embedded.servable import Servable
from serving_protocol.fill_budget import MAX_FILLED_UP_BYTES, FillBudget
from serving_protocol.messages import SignatureDef, TensorProto
from serving_protocol.tensors import Array, UnsupportedDtype, decode_tensor

DEFAULT_SIGNATURE = "serving_default"
PREDICTION_METHODS = tuple(
    f"tensorflow/serving/{method}" for method in ("predict", "classify", "regress")
)


def find_signature(model: LoadedModel, asked: str) -> tuple[str, SignatureDef]:
    """The signature's name, `serving_default` where `asked` is empty, and the signature.

    Raises:
        ServingError: FAILED_PRECONDITION, the model has no such signature.
    """
    name = asked or DEFAULT_SIGNATURE
    if name not in model.signatures:
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION, f'Serving signature key "{name}" not found.'
        )
    return name, model.signatures[name]


def check_method_name(signature: SignatureDef) -> None:
    """Refuse signatures of other methods, for `--enable_signature_method_name_check`.

    Raises:
        ServingError: INTERNAL, as TensorFlow Serving answers.
    """
    if signature.method_name not in PREDICTION_METHODS:
        raise ServingError(
            grpc.StatusCode.INTERNAL,
            "Expected prediction signature method_name to be one of "
            f"{{{', '.join(PREDICTION_METHODS)}}}. Was: {signature.method_name}",
        )


def check_input_count(signature: SignatureDef, given: Iterable[str]) -> None:
    """Refuse more inputs than the signature has, or fewer where it has no default values.

    Raises:
        ServingError: INVALID_ARGUMENT, with what is too many and what is missing.
    """
    sent, required = set(given), set(signature.inputs)
    if len(sent) == len(required) or (len(sent) < len(required) and signature.defaults):
        return
    raise _invalid(
        f"input size does not match signature: {len(sent)}!={len(required)} "
        f"len({_braces(sent)}) != len({_braces(required)}). Sent extra: {_braces(sent - required)}."
        f" Missing but required: {_braces(required - sent)}."
    )


def decode_inputs(
    signature: SignatureDef,
    tensors: Mapping[str, TensorProto],
    max_filled_up_bytes: int = MAX_FILLED_UP_BYTES,
) -> dict[str, Array]:
    """An array for each input of the signature, from the request or the signature's defaults.

    Args:
        signature: the model's.
        tensors: of the request.
        max_filled_up_bytes: what all of them may take beyond the bytes that were sent.

    Raises:
        ServingError: INVALID_ARGUMENT, an input is missing, is not a tensor, or is too large.
    """
    inputs = {}
    budget = FillBudget(max_filled_up_bytes)
    for alias in sorted(signature.inputs):
        if alias in tensors:
            inputs[alias] = _decode(alias, tensors[alias], budget)
        elif alias in signature.defaults:
            inputs[alias] = _decode(alias, signature.defaults[alias], budget)
        else:
            raise _invalid(
                f"Signature input alias: {alias}(feed name: {signature.inputs[alias].name}) not "
                "found in request and no default value provided. Inputs expected to be in the set "
                f"{_braces(signature.inputs)}."
            )
    return inputs


def choose_outputs(signature: SignatureDef, output_filter: Sequence[str]) -> list[str]:
    """The output aliases to compute: those of the filter in its order, or all, sorted.

    Raises:
        ServingError: INVALID_ARGUMENT, the filter names an output that is not there, or twice.
    """
    seen: set[str] = set()
    for alias in output_filter:
        if alias not in signature.outputs:
            raise _invalid(
                f"output tensor alias not found in signature: {alias} Outputs expected to be in "
                f"the set {_braces(signature.outputs)}."
            )
        if alias in seen:
            raise _invalid(f"duplicate output tensor alias: {alias}")
        seen.add(alias)
    return list(output_filter) or sorted(signature.outputs)


def run_predict(
    servable: Servable,
    signature_name: str,
    inputs: Mapping[str, Array],
    outputs: Sequence[str],
    observer: RequestObserver | None = None,
) -> dict[str, Array]:
    """Run the model; nothing is cast, shapes are not enforced.

    Args:
        servable: held by the caller.
        signature_name: one of the model's.
        inputs: an array for each input of the signature; strings as objects holding bytes.
        outputs: aliases, as `choose_outputs` returns them.
        observer: is told how long it took.

    Raises:
        ServingError: INVALID_ARGUMENT for a dtype that the graph does not take; or what the model
            raised.
    """
    start_s = time.monotonic()
    results = servable.model.run(signature_name, inputs, outputs)
    (observer or NobodyObserves()).run_finished(
        servable.name, servable.model.engine, time.monotonic() - start_s
    )
    return results


def _decode(alias: str, tensor: TensorProto, budget: FillBudget) -> Array:
    rank = len(tensor.tensor_shape.dim)
    if rank > MAX_RANK:
        raise _invalid(
            f"tensor parsing error: {alias} (it has {rank} dimensions; {MAX_RANK} are taken)"
        )
    try:
        return decode_tensor(tensor, budget)
    except (ValueError, UnsupportedDtype) as error:
        raise _invalid(f"tensor parsing error: {alias} ({error})") from error


def _braces(names: Iterable[str]) -> str:
    # Of a million names those are sorted that the message has room for.
    return "{" + ",".join(heapq.nsmallest(MAX_MESSAGE_BYTES, names)) + "}"


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
