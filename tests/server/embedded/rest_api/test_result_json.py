import json
import math

import numpy as np
import pytest

from server.embedded.classify import Classes
from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from server.embedded.rest_api.response_text import PIECE_CELLS, ResponseText
from server.embedded.rest_api.result_json import write_classes, write_values


def encode_classes(given: Classes, piece_cells: int = PIECE_CELLS) -> bytes:
    text = ResponseText(piece_cells=piece_cells)
    write_classes(text, given)
    return b"".join(text.pieces)


def encode_values(values: Array) -> bytes:
    text = ResponseText()
    write_values(text, values)
    return b"".join(text.pieces)


def classes(labels: list[list[bytes]], scores: list[list[float]]) -> Classes:
    return Classes(np.array(labels, object), np.array(scores, np.float32))


def test_a_classification_is_a_list_of_pairs_for_each_example() -> None:
    body = encode_classes(
        classes([[b"car", b"bike", b"bus"]] * 2, [[0.2, 0.7, 0.1], [0.7, 0.1, 0.2]])
    )
    assert json.loads(body) == {
        "results": [
            [["car", 0.2], ["bike", 0.7], ["bus", 0.1]],
            [["car", 0.7], ["bike", 0.1], ["bus", 0.2]],
        ]
    }


def test_an_example_without_classes_has_an_empty_list() -> None:
    empty = Classes(np.empty((2, 0), object), np.empty((2, 0), np.float32))
    assert json.loads(encode_classes(empty)) == {"results": [[], []]}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        (b"", b'""'),
        (b'a "b" \\', rb'"a \"b\" \\"'),
        ("größe".encode(), '"größe"'.encode()),
        (b"caf\xe9", b'"caf\xe9"'),
        (b"a\x00", rb'"a\u0000"'),
    ],
)
def test_labels_go_out_as_the_model_gave_them(label: bytes, text: bytes) -> None:
    assert encode_classes(classes([[label]], [[1]])) == b'{"results": [[[' + text + b", 1.0]]]}"


def test_a_regression_is_a_number_for_each_example() -> None:
    values = np.array([0.2, 0.9, 1, math.inf, -math.inf, math.nan, 1e-7], np.float32)
    assert encode_values(values) == (
        b'{"results": [0.2, 0.9, 1.0, Infinity, -Infinity, NaN, 1e-07]}'
    )


def test_many_results_are_written_as_few_are() -> None:
    labels = np.array([[b"a", b"b", b"c"]] * 40, object)
    scores = np.arange(120, dtype=np.float32).reshape(-1, 3)
    many = Classes(labels, scores)
    assert encode_classes(many, piece_cells=10) == encode_classes(many)
    document = json.loads(encode_classes(many))
    assert document["results"][-1] == [["a", 117.0], ["b", 118.0], ["c", 119.0]]
    assert len(document["results"]) == 40
    assert json.loads(encode_values(scores[:, 0])) == {"results": scores[:, 0].tolist()}


def test_results_that_come_to_too_much_are_refused() -> None:
    scores = np.zeros((1000, 1000), np.float32)
    labels = np.full(scores.shape, b"label", object)
    with pytest.raises(ServingError, match=r"at least .* MiB of JSON; at most 1 MiB"):
        write_classes(ResponseText(most_bytes=2**20), Classes(labels, scores))
    with pytest.raises(ServingError, match=r"at least .* MiB of JSON; at most 1 MiB"):
        write_values(ResponseText(most_bytes=2**20), scores.ravel())
