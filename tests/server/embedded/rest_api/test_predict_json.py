import tracemalloc
from typing import Any

import pytest

from server.embedded.errors import ServingError
from server.embedded.rest_api.predict_json import JsonFormat, decode_inputs, signature_name
from tests.support.small_graphs import STRING, tensor_info

ONE = {"x": tensor_info("x:0")}
TWO = {"a": tensor_info("a:0"), "b": tensor_info("b:0")}


@pytest.mark.parametrize(
    "document",
    [
        {"instances": [1, 2]},
        {"instances": [{"x": 1}, {"x": 2}]},
        {"inputs": [1, 2]},
        {"inputs": {"x": [1, 2]}},
        {"inputs": {"x": [1, 2], "ignored": "as TensorFlow Serving does"}},
    ],
)
def test_rows_and_columns_say_the_same(document: dict[str, Any]) -> None:
    inputs, json_format = decode_inputs(document, ONE)
    assert inputs["x"].tolist() == [1, 2]
    assert json_format is (JsonFormat.ROWS if "instances" in document else JsonFormat.COLUMNS)


def test_rows_of_several_inputs_become_columns() -> None:
    inputs, _ = decode_inputs({"instances": [{"a": [1], "b": 2}, {"b": 4, "a": [3]}]}, TWO)
    assert inputs["a"].tolist() == [[1], [3]]
    assert inputs["b"].tolist() == [2, 4]


def test_plain_rows_take_little_more_memory_than_their_numbers() -> None:
    rows = list(range(200_000))
    tracemalloc.start()
    inputs, _ = decode_inputs({"instances": rows}, ONE)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert inputs["x"].shape == (200_000,)
    assert peak_bytes < 60 * len(rows)


def test_many_rows_are_read_at_once() -> None:
    rows = [{"a": i, "b": [i, 0.5]} for i in range(20_000)]
    inputs, _ = decode_inputs({"instances": rows}, TWO)
    assert inputs["a"].shape == (20_000,)
    assert inputs["b"][-1].tolist() == [19_999, 0.5]


def test_rows_of_bytes_are_text_and_base64() -> None:
    strings = {"x": tensor_info("x:0", data_type=STRING)}
    inputs, _ = decode_inputs({"instances": [{"b64": "/w=="}, "a"]}, strings)
    assert inputs["x"].tolist() == [b"\xff", b"a"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "Missing 'inputs' or 'instances' key"),
        ({"instances": [1], "inputs": 1}, "expecting only one of 'inputs' or 'instances' keys"),
        ({"instances": 1}, "Expecting 'instances' to be an list/array"),
        ({"instances": []}, "No values in 'instances' array"),
        ({"instances": [1]}, "instances is a plain list, but expecting list of objects"),
        ({"inputs": [1]}, "inputs is a plain value/list, but expecting an object"),
        ({"inputs": {"a": 1}}, "Missing named input: b in 'inputs' object."),
        ({"instances": [{"a": 1, "b": 1}, 2]}, "Expecting object but got list at item 1"),
        (
            {"instances": [{"a": 1, "c": 1}]},
            "Failed to process element: 0 key: c of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON object: does not have named input: c",
        ),
        ({"instances": [{"a": 1}]}, "keys must be equal to: a,b"),
        (
            {"instances": [{"a": 1, "b": 1}, {"a": [1], "b": 1}]},
            "element: 1 key: a of 'instances' list. Error: INVALID_ARGUMENT: "
            "Expecting shape [] but got: [1]",
        ),
        (
            {"instances": [{"a": [1], "b": 1}, {"a": [1, 2], "b": 1}]},
            "Expecting tensor size: 1 but got: 2",
        ),
    ],
)
def test_a_request_for_two_inputs_says_what_is_wrong(
    document: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServingError) as error:
        decode_inputs(document, TWO)
    assert message in error.value.message


def test_an_object_among_plain_rows_is_refused() -> None:
    with pytest.raises(ServingError, match="Expecting value/list but got object at item 1"):
        decode_inputs({"instances": [1, {"x": 2}]}, ONE)


def test_the_signatures_name_is_text() -> None:
    assert signature_name({"signature_name": "other"}) == "other"
    assert signature_name({}) == ""
    with pytest.raises(ServingError, match="'signature_name' key must be a string value"):
        signature_name({"signature_name": 3})
