"""One JSON value, a number or string or nested lists of them, as an array.

1.0 is no integer. What a float32 or float64 cannot hold is rounded, as `api_rest.md` has it under
"Floating Point Precision".

Source: `FillTensorProto` and `AddValueToTensor` in TensorFlow Serving's `json_tensor.cc`.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import grpc
import numpy as np

from server.embedded.engines.dtype_check import MAX_RANK
from server.embedded.errors import ServingError
from server.embedded.rest_api.json_parser import RepeatedMembers
from server.embedded.rest_api.json_values import invalid, surrogate_error, type_name, value_text
from serving_protocol.messages import DataType
from serving_protocol.tensors import Array, data_type_name

BASE64_KEY = "b64"


def _by_type(**bounds: Any) -> dict[int, Any]:
    return {DataType.Value(f"DT_{name.upper()}"): value for name, value in bounds.items()}


DT_STRING: int = DataType.Value("DT_STRING")
DT_BOOL: int = DataType.Value("DT_BOOL")
INT32 = np.iinfo(np.int32)
# dtype -> how the values are read (their range), then what they are stored as. The narrow types
# travel as 32-bit integers and lose their high bits afterwards, as in TensorFlow Serving.
_INTEGERS = _by_type(
    int32=(INT32, np.int32),
    int16=(INT32, np.int16),
    int8=(INT32, np.int8),
    uint8=(INT32, np.uint8),
    int64=(np.iinfo(np.int64), np.int64),
    uint32=(np.iinfo(np.uint32), np.uint32),
    uint64=(np.iinfo(np.uint64), np.uint64),
)
_FLOATS = _by_type(float=np.float32, double=np.float64)


def is_base64_object(value: Any) -> bool:
    """Whether a value is `{"b64": "..."}`."""
    return (
        isinstance(value, dict)
        and not isinstance(value, RepeatedMembers)
        and value.keys() == {BASE64_KEY}
        and isinstance(value[BASE64_KEY], str)
    )


def dense_shape(value: Any, outer: int = 0) -> tuple[int, ...]:
    """The shape that nested lists promise by the first element of each.

    Raises:
        ServingError: INVALID_ARGUMENT, they are nested deeper than `MAX_RANK`.
    """
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if len(shape) + outer > MAX_RANK:
            raise invalid(f"Encountered lists nested deeper than {MAX_RANK}")
        if not value:
            break
        value = value[0]
    return tuple(shape)


def array_from_json(value: Any, data_type: int, outer: int = 0) -> Array:
    """Nested lists as an array of a dtype.

    Args:
        value: a parsed JSON value.
        data_type: of the signature's input.
        outer: dimensions that whoever puts it together with others adds.

    Raises:
        ServingError: INVALID_ARGUMENT, the lists are ragged, or a value is not of that dtype;
            UNIMPLEMENTED, JSON has no form for it.
    """
    shape = dense_shape(value, outer)
    values: list[Any] = []
    _collect(value, shape, 0, values)
    return _typed(values, data_type).reshape(shape)


def _collect(value: Any, shape: tuple[int, ...], level: int, into: list[Any]) -> None:
    """Append the leaves below `value`, all of them at the same depth."""
    rank = len(shape)
    if not isinstance(value, list):
        if level != rank:
            raise invalid(
                f"JSON Value: {value_text(value)} found at incorrect level: {level + 1} in the "
                f"JSON DOM. Expected at level: {rank}"
            )
        into.append(value)
        return
    if level >= rank:
        raise invalid(f"Encountered list at unexpected level: {level} expected < {rank}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} "
            f"expected size: {shape[level]}"
        )
    if level == rank - 1 and list not in set(map(type, value)):
        into.extend(value)
        return
    for each in value:
        _collect(each, shape, level + 1, into)


def _typed(values: list[Any], data_type: int) -> Array:
    if data_type in _FLOATS:
        return _floats(values, data_type)
    if data_type in _INTEGERS:
        limits, dtype = _INTEGERS[data_type]
        _check_types(values, {int}, data_type)
        if values and not limits.min <= min(values) <= max(values) <= limits.max:
            outside = next(v for v in values if not limits.min <= v <= limits.max)
            raise _type_error(outside, data_type)
        return np.array(values, limits.dtype).astype(dtype)
    if data_type == DT_BOOL:
        _check_types(values, {bool}, data_type)
        return np.array(values, np.bool_)
    if data_type == DT_STRING:
        strings = np.empty(len(values), object)
        strings[:] = [_bytes(value) for value in values]
        return strings
    raise ServingError(
        grpc.StatusCode.UNIMPLEMENTED,
        f"Conversion of JSON Value: {value_text(values[0]) if values else '[]'} to type: "
        f"{data_type_name(data_type)}",
    )


def _floats(values: list[Any], data_type: int) -> Array:
    """Numbers as the nearest of the dtype; infinite where they are larger than all of it."""
    _check_types(values, {int, float}, data_type)
    try:
        doubles = np.array(values, np.float64)
    except OverflowError as error:
        raise invalid("JSON Parse error: Number too big to be stored in double.") from error
    with np.errstate(over="ignore"):
        return doubles.astype(_FLOATS[data_type])


def _check_types(values: Sequence[Any], allowed: set[type], data_type: int) -> None:
    if not set(map(type, values)) <= allowed:
        wrong = next(value for value in values if type(value) not in allowed)
        raise _type_error(wrong, data_type)


def _type_error(value: Any, data_type: int) -> ServingError:
    return invalid(
        f"JSON Value: {value_text(value)} Type: {type_name(value)} is not of expected type: "
        f"{data_type_name(data_type)}"
    )


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        try:
            return value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise surrogate_error() from error
    if is_base64_object(value):
        return _decode_base64(value[BASE64_KEY])
    if isinstance(value, dict):
        raise invalid(f"JSON Value: {value_text(value)} not formatted correctly for base64 data")
    raise _type_error(value, DT_STRING)


def _decode_base64(text: str) -> bytes:
    """As `absl::Base64Unescape`: white space anywhere, and padding may be left out."""
    compact = "".join(text.split())
    bare = compact.rstrip("=")
    padding = "=" * (-len(bare) % 4)
    if len(bare) != len(compact) and bare + padding != compact:
        raise invalid("Unable to base64 decode")
    try:
        return base64.b64decode(bare + padding, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Unable to base64 decode") from error
