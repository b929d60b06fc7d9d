"""Named arrays as the body of an answer.

Source: `MakeRowFormatJsonFromTensors` and `MakeColumnarFormatJsonFromTensors` in TensorFlow
Serving's `json_tensor.cc`.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from server.embedded.rest_api.json_numbers import shortest_doubles
from server.embedded.rest_api.json_tensor import BASE64_KEY
from server.embedded.rest_api.json_values import invalid
from server.embedded.rest_api.predict_json import JsonFormat
from serving_protocol.tensors import Array, UnsupportedDtype, data_type_name, encode_tensor

# Outputs of this name hold bytes, others text.
BYTES_SUFFIX = "_bytes"
_PLAIN = tuple(
    np.dtype(name) for name in ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")
)


def encode_outputs(outputs: Mapping[str, Array], json_format: JsonFormat) -> bytes:
    """The body of an answer to a predict.

    A single output stands alone; several are an object with their names, sorted.

    Args:
        outputs: any shapes; rows need the same first size in all of them.
        json_format: that of the request.

    Raises:
        ServingError: INVALID_ARGUMENT, JSON has no form for a dtype, or the rows differ in number.
    """
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    if json_format is JsonFormat.ROWS:
        _check_rows(outputs)
    columns = {name: _values(name, array) for name, array in sorted(outputs.items())}
    document: dict[str, Any]
    if json_format is JsonFormat.COLUMNS:
        document = {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    elif len(columns) == 1:
        document = {"predictions": next(iter(columns.values()))}
    else:
        rows = zip(*columns.values(), strict=True)
        document = {"predictions": [dict(zip(columns, row, strict=True)) for row in rows]}
    # Text that is no UTF-8 goes out byte by byte, as it came from the model.
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogateescape")


def _check_rows(outputs: Mapping[str, Array]) -> None:
    row_count = None
    for name, array in sorted(outputs.items()):
        if array.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if row_count not in (None, array.shape[0]):
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {array.shape[0]} "
                f"expecting: {row_count}"
            )
        row_count = array.shape[0]


def _values(name: str, array: Array) -> Any:
    """Nested lists of what `json.dumps` writes as TensorFlow Serving does."""
    if array.dtype == np.float32:
        return shortest_doubles(array).tolist()
    if array.dtype in (np.float64, np.bool_) or array.dtype in _PLAIN:
        return array.tolist()
    if array.dtype == object:
        return _map_leaves(array.tolist(), name.endswith(BYTES_SUFFIX))
    raise invalid(f"Failed to write JSON value for tensor type: {_type_name(array.dtype)}")


def _type_name(dtype: np.dtype[Any]) -> str:
    try:
        return data_type_name(encode_tensor(np.empty(0, dtype)).dtype)
    except UnsupportedDtype:
        return str(dtype)


def _map_leaves(value: Any, as_bytes: bool) -> Any:  # recursive, two callers
    if isinstance(value, list):
        return [_map_leaves(each, as_bytes) for each in value]
    if as_bytes:
        return {BASE64_KEY: base64.b64encode(value).decode()}
    return value.decode("utf-8", "surrogateescape")
