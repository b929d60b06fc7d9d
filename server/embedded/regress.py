"""Regress: from examples to a number each.

Order of checks, codes and messages are those of TensorFlow Serving's
`servables/tensorflow/regressor.cc`.
"""

from collections.abc import Callable, Mapping

from google.protobuf import text_format

from server.embedded.engines.engine import Array
from server.embedded.example_inference import (
    EXAMPLES_INPUT,
    dtype_name,
    find_signature,
    invalid,
    run_on_examples,
    shape_text,
)
from server.embedded.observer import RequestObserver
from server.embedded.servable import Servable
from serving_protocol.messages import Regression, RegressionResult, SignatureDef

METHOD_NAME = "tensorflow/serving/regress"
VALUES_OUTPUT = "outputs"


def regress(
    servable: Servable,
    signature_name: str,
    examples: Callable[[], Array],
    *,
    check_method_name: bool = False,
    observer: RequestObserver | None = None,
) -> tuple[str, Array]:
    """The values of examples.

    Args:
        servable: held by the caller.
        signature_name: empty for the default one.
        examples: gives the serialized examples, (N,) of objects; called when the signature was
            checked.
        check_method_name: refuse signatures of other methods.
        observer: is told how long the model took.

    Returns:
        The name of the signature, and (N,) float32.

    Raises:
        ServingError: INVALID_ARGUMENT, the signature or what it computes is none of a regression;
            else what `examples` or the model raised.
    """
    name, signature = find_signature(servable.model, signature_name)
    outputs = regression_outputs(signature, check_method_name=check_method_name)
    rows = examples()
    arrays = run_on_examples(servable, {name: outputs}, rows, "Regress", observer)
    return name, read_values(arrays[name], len(rows))


def regression_outputs(signature: SignatureDef, *, check_method_name: bool) -> list[str]:
    """The one output of a signature for regression, `outputs`.

    Raises:
        ServingError: INVALID_ARGUMENT, it is no signature for regression.
    """
    if check_method_name and signature.method_name != METHOD_NAME:
        raise invalid(
            f"Expected regression signature method_name to be {METHOD_NAME}. "
            f"Was: {signature.method_name}"
        )
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if len(signature.outputs) != 1:
        raise invalid("Expected one output Tensor.")
    for direction, alias, tensors in (
        ("inputs", EXAMPLES_INPUT, signature.inputs),
        ("outputs", VALUES_OUTPUT, signature.outputs),
    ):
        if alias not in tensors:
            raise invalid(
                f"No regression {direction} found in SignatureDef: "
                f"{text_format.MessageToString(signature)}"
            )
    return [VALUES_OUTPUT]


def read_values(arrays: Mapping[str, Array], count: int) -> Array:
    """What a regression's output says of `count` examples: (N,) float32.

    Raises:
        ServingError: INVALID_ARGUMENT, it is neither (N,) nor (N, 1), or no float32.
    """
    values = arrays[VALUES_OUTPUT]
    if values.ndim != 1 and (values.ndim != 2 or values.shape[1] != 1):
        raise invalid(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got "
            f"{shape_text(values)}"
        )
    if values.shape[0] != count:
        raise invalid(
            f"Input batch size did not match output batch size: {count} vs. {values.shape[0]}"
        )
    if dtype_name(values) != "DT_FLOAT":
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: {dtype_name(values)}")
    return values.reshape(count)


def regression_result(values: Array) -> RegressionResult:
    """The message of a response."""
    return RegressionResult(regressions=[Regression(value=value) for value in values.tolist()])
