import base64
import json
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_tensor import array_from_json
from serving_protocol.messages import DataType
from serving_protocol.tensors import Array, data_type_name, encode_tensor


def data_type(name: str) -> int:
    return int(DataType.Value(f"DT_{name.upper()}"))


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.int8, np.uint8, np.int32, np.int64, np.uint64, np.bool_]),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=1),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_nested_lists_become_the_array_they_were(array: Array) -> None:
    values = json.loads(json.dumps(array.tolist()))
    decoded = array_from_json(values, encode_tensor(array).dtype)
    assert decoded.dtype == array.dtype
    np.testing.assert_array_equal(decoded, array)


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [([], "float", (0,)), ([[], []], "float", (2, 0)), (3, "int32", ()), ([[1]], "int64", (1, 1))],
)
def test_empty_lists_and_numbers_have_shapes(
    value: Any, dtype: str, shape: tuple[int, ...]
) -> None:
    assert array_from_json(value, data_type(dtype)).shape == shape


def test_whole_numbers_are_floats_and_names_of_infinity_too() -> None:
    decoded = array_from_json(json.loads("[1, -2.5, NaN, Infinity, -Infinity]"), data_type("float"))
    np.testing.assert_array_equal(decoded, np.array([1, -2.5, np.nan, np.inf, -np.inf], np.float32))


def test_narrow_integers_lose_their_high_bits() -> None:
    assert array_from_json([300, -1], data_type("uint8")).tolist() == [44, 255]


def test_text_is_utf8_and_b64_is_bytes() -> None:
    encoded = {"b64": base64.b64encode(b"\xff\x00").decode()}
    assert array_from_json(["é", encoded], data_type("string")).tolist() == [
        "é".encode(),
        b"\xff\x00",
    ]
    assert array_from_json({"b64": "/w"}, data_type("string")).item() == b"\xff"


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        ("x", "float", 'JSON Value: "x" Type: String is not of expected type: float'),
        ([1, True], "float", "JSON Value: true Type: True is not of expected type: float"),
        ([None], "int32", "JSON Value: null Type: Null is not of expected type: int32"),
        (1.0, "int32", "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        (2**31, "int32", "JSON Value: 2147483648 Type: Number is not of expected type: int32"),
        (-1, "uint64", "JSON Value: -1 Type: Number is not of expected type: uint64"),
        (1, "bool", "JSON Value: 1 Type: Number is not of expected type: bool"),
        (1, "string", "JSON Value: 1 Type: Number is not of expected type: string"),
        ({"b64": "AA=="}, "float", "Type: Object is not of expected type: float"),
        (10**400, "double", "JSON Parse error: Number too big to be stored in double."),
        ({"b64": "*"}, "string", "Unable to base64 decode"),
        ({"b65": "AA"}, "string", "not formatted correctly for base64 data"),
        ("\ud800", "string", "JSON Parse error: The surrogate pair in string is invalid."),
        ([[1], [1, 2]], "float", "list at unexpected size: 2 at level: 1 expected size: 1"),
        ([1, [2]], "float", "Encountered list at unexpected level: 1 expected < 1"),
        ([[1], 2], "float", "2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
    ],
)
def test_what_does_not_fit_is_refused_in_tensorflow_servings_words(
    value: Any, dtype: str, message: str
) -> None:
    with pytest.raises(ServingError) as error:
        array_from_json(value, data_type(dtype))
    assert message in error.value.message
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("dtype", ["half", "bfloat16", "complex64"])
def test_what_json_has_no_form_for_is_unimplemented(dtype: str) -> None:
    with pytest.raises(ServingError, match=f"to type: {dtype}") as error:
        array_from_json([1], data_type(dtype))
    assert error.value.code is grpc.StatusCode.UNIMPLEMENTED
    assert data_type_name(data_type(dtype)) == dtype


def test_lists_nested_deeper_than_an_array_can_be_are_refused() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    with pytest.raises(ServingError, match="nested deeper than 32"):
        array_from_json(value, data_type("float"))
