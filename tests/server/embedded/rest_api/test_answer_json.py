import json

import numpy as np
import pytest

from server.embedded.errors import ServingError
from server.embedded.rest_api.answer_json import encode_outputs
from server.embedded.rest_api.predict_json import JsonFormat
from serving_protocol.tensors import Array


def texts(*values: bytes) -> Array:
    return np.array(values, object)


def test_one_output_stands_alone() -> None:
    y = np.array([2.5, 3, np.nan, np.inf, -np.inf], np.float32)
    assert encode_outputs({"y": y}, JsonFormat.ROWS) == (
        b'{"predictions": [2.5, 3.0, NaN, Infinity, -Infinity]}'
    )
    assert encode_outputs({"y": y[:1]}, JsonFormat.COLUMNS) == b'{"outputs": [2.5]}'
    assert encode_outputs({"y": y[0]}, JsonFormat.COLUMNS) == b'{"outputs": 2.5}'


def test_several_outputs_are_named() -> None:
    outputs = {"b": np.array([[1, 2], [3, 4]]), "a": np.array([True, False])}
    assert json.loads(encode_outputs(outputs, JsonFormat.ROWS)) == {
        "predictions": [{"a": True, "b": [1, 2]}, {"a": False, "b": [3, 4]}]
    }
    assert json.loads(encode_outputs(outputs, JsonFormat.COLUMNS)) == {
        "outputs": {"a": [True, False], "b": [[1, 2], [3, 4]]}
    }


def test_an_output_called_bytes_is_base64_and_others_are_text() -> None:
    outputs = {"picture_bytes": texts(b"\xff"), "label": texts("händ".encode())}
    assert json.loads(encode_outputs(outputs, JsonFormat.ROWS)) == {
        "predictions": [{"picture_bytes": {"b64": "/w=="}, "label": "händ"}]
    }


def test_text_that_is_no_utf8_goes_out_as_it_is() -> None:
    assert encode_outputs({"y": texts(b"\xffa")}, JsonFormat.ROWS) == b'{"predictions": ["\xffa"]}'


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"y": np.float32(1)}, "Tensor name: y has no shape information "),
        (
            {"a": np.zeros(2), "b": np.zeros(3)},
            "Tensor name: b has inconsistent batch size: 3 expecting: 2",
        ),
        ({"y": np.zeros(1, np.float16)}, "Failed to write JSON value for tensor type: half"),
        ({"y": np.zeros(1, "M8[s]")}, "Failed to write JSON value for tensor type: datetime64[s]"),
        ({}, "Cannot convert empty tensor map to JSON"),
    ],
)
def test_rows_have_to_line_up(outputs: dict[str, Array], message: str) -> None:
    with pytest.raises(ServingError) as error:
        encode_outputs(outputs, JsonFormat.ROWS)
    assert error.value.message == message


def test_columns_need_not_line_up() -> None:
    outputs = {"a": np.zeros(0, np.float32), "b": np.array(1)}
    assert json.loads(encode_outputs(outputs, JsonFormat.COLUMNS)) == {"outputs": {"a": [], "b": 1}}


def test_no_rows_are_an_empty_list() -> None:
    outputs = {"y": np.zeros((0, 2), np.float32)}
    assert json.loads(encode_outputs(outputs, JsonFormat.ROWS)) == {"predictions": []}
    outputs["z"] = np.zeros((0,), np.float32)
    assert json.loads(encode_outputs(outputs, JsonFormat.ROWS)) == {"predictions": []}
