"""The body of a REST predict: `instances` (rows) or `inputs` (columns), as named arrays.

Source: `FillTensorMapFromInstancesList` and `FillTensorMapFromInputsMap` in TensorFlow Serving's
`json_tensor.cc`.
"""

import contextlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_tensor import array_from_json, is_base64_object
from server.embedded.rest_api.json_values import invalid, value_text
from serving_protocol.messages import TensorInfo
from serving_protocol.tensors import Array

SIGNATURE_KEY = "signature_name"
ROWS_KEY = "instances"
COLUMNS_KEY = "inputs"


class JsonFormat(Enum):
    """How inputs came, and so how outputs go."""

    ROWS = "rows"
    COLUMNS = "columns"


def signature_name(document: dict[str, Any]) -> str:
    """The signature that a request asks for; empty for the default one.

    Raises:
        ServingError: INVALID_ARGUMENT, `signature_name` is no string.
    """
    name = document.get(SIGNATURE_KEY, "")
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {value_text(document)} not formatted correctly. "
            f"'{SIGNATURE_KEY}' key must be a string value."
        )
    return name


def decode_inputs(
    document: dict[str, Any], inputs: Mapping[str, TensorInfo]
) -> tuple[dict[str, Array], JsonFormat]:
    """The arrays of a request, and the format in which to answer it.

    Args:
        document: the request's JSON object.
        inputs: those of the signature.

    Raises:
        ServingError: INVALID_ARGUMENT, neither or both keys are there, or the values are not what
            the signature declares.
    """
    if ROWS_KEY in document and COLUMNS_KEY in document:
        raise _malformed(
            document,
            f"Not formatted correctly expecting only one of '{COLUMNS_KEY}' or '{ROWS_KEY}' keys "
            "to exist ",
        )
    if ROWS_KEY in document:
        rows = document[ROWS_KEY]
        if not isinstance(rows, list):
            raise _malformed(document, f"Expecting '{ROWS_KEY}' to be an list/array")
        if not rows:
            raise _malformed(document, f"No values in '{ROWS_KEY}' array")
        return _decode_rows(rows, inputs), JsonFormat.ROWS
    if COLUMNS_KEY in document:
        return _decode_columns(document[COLUMNS_KEY], inputs), JsonFormat.COLUMNS
    raise invalid(f"Missing '{COLUMNS_KEY}' or '{ROWS_KEY}' key")


def _decode_columns(value: Any, inputs: Mapping[str, TensorInfo]) -> dict[str, Array]:
    if not _is_named(value):
        if len(inputs) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors "
                "required as per tensorinfo_map"
            )
        name, info = next(iter(inputs.items()))
        return {name: array_from_json(value, info.dtype)}
    arrays = {}
    for name, info in sorted(inputs.items()):
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
        arrays[name] = array_from_json(value[name], info.dtype)
    return arrays


def _decode_rows(rows: list[Any], inputs: Mapping[str, TensorInfo]) -> dict[str, Array]:
    if not isinstance(rows[0], dict) and len(inputs) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors "
            "required as per tensorinfo_map"
        )
    if _is_named(rows[0]):
        columns = _even_columns(rows, inputs)
        return columns if columns is not None else _decode_named_rows(rows, inputs)
    name, info = next(iter(inputs.items()))
    # All at once; what is wrong with which row is said below.
    with contextlib.suppress(ServingError):
        return {name: array_from_json(rows, info.dtype)}
    column: list[Array] = []
    for position, row in enumerate(rows):
        if _is_named(row):
            raise invalid(f"Expecting value/list but got object at item {position} of input list")
        _append(column, row, info, f"Failed to process element: {position}")
    return {name: _stacked(column)}


def _even_columns(
    rows: list[dict[str, Any]], inputs: Mapping[str, TensorInfo]
) -> dict[str, Array] | None:
    """All rows at once, a hundred times faster than one by one; None where any is not right.

    What is wrong with which row is said by those who read them one by one.
    """
    if not all(_is_named(row) and row.keys() == inputs.keys() for row in rows):
        return None
    try:
        return {
            name: array_from_json([row[name] for row in rows], info.dtype)
            for name, info in inputs.items()
        }
    except ServingError:
        return None


def _decode_named_rows(rows: list[Any], inputs: Mapping[str, TensorInfo]) -> dict[str, Array]:
    columns: dict[str, list[Array]] = {name: [] for name in inputs}
    for position, row in enumerate(rows):
        if not _is_named(row):
            raise invalid(f"Expecting object but got list at item {position} of input list")
        for name, value in row.items():
            where = f"Failed to process element: {position} key: {name}"
            if name not in inputs:
                raise invalid(
                    f"{where} of 'instances' list. Error: INVALID_ARGUMENT: "
                    f"JSON object: does not have named input: {name}"
                )
            _append(columns[name], value, inputs[name], where)
        if row.keys() != columns.keys():
            raise invalid(
                f"Failed to process element: {position} of 'instances' list. JSON object: "
                f"{value_text(row)} keys must be equal to: {','.join(sorted(inputs))}"
            )
    return {name: _stacked(column) for name, column in columns.items()}


def _append(column: list[Array], value: Any, info: TensorInfo, where: str) -> None:
    """Add a row's value to its column; all have the shape of the first."""
    try:
        array = array_from_json(value, info.dtype, outer=1)
        if column and array.size != column[0].size:
            raise invalid(f"Expecting tensor size: {column[0].size} but got: {array.size}")
        if column and array.shape != column[0].shape:
            raise invalid(f"Expecting shape {_shape_text(column[0])} but got: {_shape_text(array)}")
    except ServingError as error:
        raise invalid(
            f"{where} of 'instances' list. Error: {error.code.name}: {error.message}"
        ) from error
    column.append(array)


def _stacked(column: list[Array]) -> Array:
    return np.stack(column)


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64_object(value)


def _shape_text(array: Array) -> str:
    return "[" + ",".join(map(str, array.shape)) + "]"


def _malformed(document: dict[str, Any], what: str) -> ServingError:
    return invalid(f"JSON Value: {value_text(document)} {what}")
