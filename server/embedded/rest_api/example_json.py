"""The body of a REST classify or regress: `examples` and a `context` they share, as tf.Examples.

Source: `FillClassifyRegressRequestFromJson`, `MakeExampleFromJsonObject` and `AddValueToFeature` in
TensorFlow Serving's `json_tensor.cc`.
"""

from typing import Any

import numpy as np

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from server.embedded.examples import with_context
from server.embedded.rest_api.json_parser import RepeatedMembers
from server.embedded.rest_api.json_tensor import array_from_json, is_base64_object
from server.embedded.rest_api.json_values import invalid, surrogate_error, type_name, value_text
from serving_protocol.messages import Example, Feature
from serving_protocol.tensors import DT_STRING

CONTEXT_KEY = "context"
EXAMPLES_KEY = "examples"
BYTES, FLOAT, INT64 = "bytes", "float", "int64"
SMALLEST_INT64, LARGEST_INT64, LARGEST_UINT64 = -(2**63), 2**63 - 1, 2**64 - 1


def examples_from_json(document: dict[str, Any]) -> Array:
    """The serialized examples of a request, (N,) of objects holding bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, there are none, one is no object, or a feature's values are
            not all numbers, whole numbers, or text.
    """
    context = b""
    if CONTEXT_KEY in document:
        context = example_from_json(document[CONTEXT_KEY]).SerializeToString()
    if EXAMPLES_KEY not in document:
        raise _malformed(
            document,
            f"When method is classify, key '{EXAMPLES_KEY}' is expected and was not found",
        )
    values = document[EXAMPLES_KEY]
    if not isinstance(values, list):
        raise _malformed(document, f"Expecting '{EXAMPLES_KEY}' value to be an list/array")
    if not values:
        raise _malformed(document, f"'{EXAMPLES_KEY}' value is an empty array")
    examples = [example_from_json(value).SerializeToString() for value in values]
    return with_context(context, examples)


def example_from_json(value: Any) -> Example:
    """An object of features as an Example; a feature is a value or a list of values.

    Whole numbers, `true` and `false` are int64, other numbers float, text and `{"b64": ...}` bytes.

    Raises:
        ServingError: INVALID_ARGUMENT, see `examples_from_json`.

    Example:
        >>> example_from_json({"x": [1.5, 2.0]}).features.feature["x"].float_list.value
        [1.5, 2.0]
    """
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {type_name(value)}")
    example = Example()
    features = example.features.feature
    # Of features of the same name the last counts, unlike of all other members.
    for name, content in value.pairs if isinstance(value, RepeatedMembers) else value.items():
        try:
            feature = features[name]
        except UnicodeEncodeError as error:
            raise surrogate_error() from error
        feature.Clear()
        _fill(feature, name, content if isinstance(content, list) else [content])
    return example


def _fill(feature: Feature, name: str, values: list[Any]) -> None:
    kind = _kind_of_all(name, values)
    if kind == BYTES:
        feature.bytes_list.value.extend(array_from_json(values, DT_STRING).tolist())
    elif kind == FLOAT:
        feature.float_list.value.extend(_floats(values))
    elif kind == INT64:
        feature.int64_list.value.extend(map(int, values))


def _kind_of_all(name: str, values: list[Any]) -> str | None:
    """The kind of feature that holds these values, which is that of the first; None for none."""
    if values and set(map(type, values)) == {float}:
        return FLOAT
    expected = None
    for value in values:
        kind = _kind(name, value)
        if expected not in (None, kind):
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {expected}")
        if kind == INT64 and value > LARGEST_INT64:
            raise invalid(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        expected = kind
    return expected


def _kind(name: str, value: Any) -> str:
    if isinstance(value, str) or is_base64_object(value):
        return BYTES
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, int):
        # Larger ones are read as doubles, here as by TensorFlow Serving's JSON parser.
        return INT64 if SMALLEST_INT64 <= value <= LARGEST_UINT64 else FLOAT
    raise invalid(f"Feature: {name} has element with unexpected JSON type: {type_name(value)}")


def _floats(values: list[Any]) -> list[float]:
    """Numbers rounded to float32; infinite where they are larger."""
    try:
        doubles = np.array(values, np.float64)
    except OverflowError as error:
        raise invalid("JSON Parse error: Number too big to be stored in double.") from error
    with np.errstate(over="ignore"):
        singles: list[float] = doubles.astype(np.float32).tolist()
    return singles


def _malformed(document: dict[str, Any], what: str) -> ServingError:
    return invalid(f"JSON Value: {value_text(document)} {what}")
