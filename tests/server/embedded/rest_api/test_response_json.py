import json
import threading
import tracemalloc
from collections.abc import Mapping

import grpc
import numpy as np
import pytest

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_numbers import shortest_doubles
from server.embedded.rest_api.predict_json import JsonFormat
from server.embedded.rest_api.response_json import write_outputs
from server.embedded.rest_api.response_text import PIECE_CELLS, ResponseText
from serving_protocol.tensors import Array


def encode_outputs(
    outputs: Mapping[str, Array], json_format: JsonFormat, piece_cells: int = PIECE_CELLS
) -> bytes:
    text = ResponseText(piece_cells=piece_cells)
    write_outputs(text, outputs, json_format)
    return b"".join(text.pieces)


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
    outputs = {"image_bytes": texts(b"\xff"), "label": texts("händ".encode())}
    assert json.loads(encode_outputs(outputs, JsonFormat.ROWS)) == {
        "predictions": [{"image_bytes": {"b64": "/w=="}, "label": "händ"}]
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


PIECE = 40
LARGE: dict[str, tuple[int, ...]] = {
    "a list": (2 * PIECE + 7,),
    "many short rows": (PIECE, 3),
    "few long rows": (2, PIECE + 1),
    "blocks of blocks": (3, 2, 9, 9),
    "lists without anything": (2 * PIECE, 0),
    "no rows": (0, PIECE, 2),
}


@pytest.mark.parametrize("shape", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "?", "O"])
def test_large_outputs_are_the_json_of_their_lists(shape: tuple[int, ...], dtype: str) -> None:
    numbers = np.random.default_rng(0).normal(size=shape) * 100
    array = numbers.astype(dtype) if dtype != "O" else numbers.astype("S3").astype(object)
    lists = (shortest_doubles(array) if dtype == "f4" else array).tolist()

    def as_text(value: object) -> object:
        return value.decode() if isinstance(value, bytes) else value

    def leaves(value: object) -> object:
        return [leaves(each) for each in value] if isinstance(value, list) else as_text(value)

    expected = json.dumps({"outputs": leaves(lists)}).encode()
    assert encode_outputs({"y": array}, JsonFormat.COLUMNS, piece_cells=PIECE) == expected
    rows = [{"n": number, "y": row} for number, row in enumerate(leaves(lists))]  # type: ignore[arg-type, var-annotated]  # a list
    together = {"y": array, "n": np.arange(len(array))}
    assert encode_outputs(together, JsonFormat.ROWS, piece_cells=PIECE) == (
        json.dumps({"predictions": rows}).encode()
    )
    both = {"outputs": {"n": 5, "y": leaves(lists)}}
    together["n"] = np.array(5)
    assert encode_outputs(together, JsonFormat.COLUMNS, piece_cells=PIECE) == (
        json.dumps(both).encode()
    )


def test_what_comes_to_too_much_text_is_refused_before_it_takes_memory() -> None:
    huge = np.broadcast_to(np.float32(1), (20_000, 20_000))
    lists = np.broadcast_to(np.float32(1), (10**9, 0))
    long_texts = np.array([b"x" * 2_000_000] * 300, object)
    tracemalloc.start()
    try:
        for outputs in ({"y": huge}, {"y": lists}, {"y": long_texts}, {"a": huge, "y": huge}):
            for json_format in JsonFormat:
                with pytest.raises(ServingError, match=r"at least .* at most 512 MiB") as refused:
                    encode_outputs(outputs, json_format)
                assert refused.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_numbers_that_are_longer_than_they_might_be_are_counted_as_they_are() -> None:
    text = ResponseText(most_bytes=3_000_000)
    with pytest.raises(ServingError, match="more than 2 MiB of JSON; at most 2 MiB"):
        write_outputs(text, {"y": np.random.default_rng(0).random(300_000)}, JsonFormat.ROWS)
    assert sum(map(len, text.pieces)) <= 3_000_000


def test_nothing_more_is_written_once_nobody_waits() -> None:
    given_up = threading.Event()
    text = ResponseText(given_up)
    write_outputs(text, {"y": np.zeros(3)}, JsonFormat.ROWS)
    given_up.set()
    with pytest.raises(ServingError) as told:
        write_outputs(text, {"y": np.zeros(3)}, JsonFormat.ROWS)
    assert told.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
