import json
import math

import numpy as np
import pytest

from server.embedded.classify import Classes
from server.embedded.rest_api.result_json import encode_classes, encode_values


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
