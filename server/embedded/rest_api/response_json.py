"""Named arrays as the body of an answer.

Source: `MakeRowFormatJsonFromTensors` and `MakeColumnarFormatJsonFromTensors` in TensorFlow
Serving's `json_tensor.cc`.
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from server.embedded.rest_api.json_numbers import shortest_doubles
from server.embedded.rest_api.json_tensor import BASE64_KEY
from server.embedded.rest_api.json_values import invalid
from server.embedded.rest_api.predict_json import JsonFormat
from server.embedded.rest_api.response_text import ResponseText, cells, dump
from serving_protocol.tensors import Array, UnsupportedDtype, data_type_name, encode_tensor

# Outputs of this name hold bytes, others text.
BYTES_SUFFIX = "_bytes"
_PLAIN = tuple(
    np.dtype(name) for name in ("int8", "int16", "int32", "int64", "uint8", "uint32", "uint64")
)


def write_outputs(
    text: ResponseText, outputs: Mapping[str, Array], json_format: JsonFormat
) -> None:
    """Write the body of an answer to a predict.

    A single output stands alone; several are an object with their names, sorted.

    Args:
        text: takes it.
        outputs: any shapes; rows need the same first size in all of them.
        json_format: that of the request.

    Raises:
        ServingError: INVALID_ARGUMENT, JSON has no form for a dtype, or the rows differ in number;
            RESOURCE_EXHAUSTED or DEADLINE_EXCEEDED, of `text`.
    """
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    if json_format is JsonFormat.ROWS:
        _check_rows(outputs)
    columns = dict(sorted(outputs.items()))
    for array in columns.values():
        _check_dtype(array)
        text.expect(array)
    text.add('{"outputs": ' if json_format is JsonFormat.COLUMNS else '{"predictions": ')
    if len(columns) == 1:
        [(name, array)] = columns.items()
        text.add_array(array, partial(_values, name))
    elif json_format is JsonFormat.COLUMNS:
        _write_object(text, columns)
    else:
        _write_rows(text, columns)
    text.add("}")


def _write_object(text: ResponseText, columns: Mapping[str, Array]) -> None:
    for number, (name, array) in enumerate(columns.items()):
        text.add(f"{', ' if number else '{'}{dump(name)}: ")
        text.add_array(array, partial(_values, name))
    text.add("}")


def _write_rows(text: ResponseText, columns: Mapping[str, Array]) -> None:
    """An object for each row."""
    count = len(next(iter(columns.values())))
    row_cells = sum(cells(array) // max(1, count) for array in columns.values())
    text.add("[")
    for number, block in enumerate(text.blocks(count, row_cells)):
        text.add(", " * (number > 0))
        if row_cells > text.piece_cells:
            _write_object(text, {name: array[number] for name, array in columns.items()})
            continue
        values = [_values(name, array[block]) for name, array in columns.items()]
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
        text.add(dump(rows)[1:-1])
    text.add("]")


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


def _check_dtype(array: Array) -> None:
    known = array.dtype in (np.float32, np.float64, np.bool_, np.object_) or array.dtype in _PLAIN
    if not known:
        raise invalid(f"Failed to write JSON value for tensor type: {_type_name(array.dtype)}")


def _values(name: str, array: Array | bytes) -> Any:
    """Nested lists of what `json.dumps` writes as TensorFlow Serving does."""
    if isinstance(array, bytes):
        # One of an array of strings.
        return _map_leaves(array, name.endswith(BYTES_SUFFIX))
    if array.dtype == np.float32:
        return shortest_doubles(array).tolist()
    if array.dtype == object:
        return _map_leaves(array.tolist(), name.endswith(BYTES_SUFFIX))
    return array.tolist()


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
