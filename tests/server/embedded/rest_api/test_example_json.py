"""What a REST classify or regress becomes; the tables' facts are `json_tensor_test.cc`'s."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded.errors import ServingError
from server.embedded.rest_api.example_json import example_from_json, examples_from_json
from server.embedded.rest_api.json_values import parse_json
from serving_protocol.messages import Example

Parsed = dict[str, tuple[str, list[Any]]]


def parsed(text: str) -> list[Parsed]:
    """The features of each example, by kind, after the context was merged as a parser does."""
    return [
        features(Example.FromString(data)) for data in examples_from_json(parse_json(text.encode()))
    ]


def features(example: Example) -> Parsed:
    found = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = (kind or "", list(getattr(feature, kind).value) if kind else [])
    return found


def test_features_are_lists_of_text_numbers_or_whole_numbers() -> None:
    assert parsed(
        '{"examples": [{"names": ["foo", "bar"], "ratings": [8.0, 9.0], "age": 20},'
        ' {"names": ["baz"], "ratings": 6.0}]}'
    ) == [
        {
            "names": ("bytes_list", [b"foo", b"bar"]),
            "ratings": ("float_list", [8.0, 9.0]),
            "age": ("int64_list", [20]),
        },
        {"names": ("bytes_list", [b"baz"]), "ratings": ("float_list", [6.0])},
    ]


def test_a_context_goes_before_each_example() -> None:
    first, second, third = parsed(
        '{"signature_name": "custom", "context": {"query": "pizza", "location": ["sfo"]},'
        ' "examples": [{"names": ["foo", "bar"], "ratings": [8.0, NaN, Infinity], "age": 20},'
        ' {"names": ["baz", {"b64": "aGVsbG8="}], "intboolmix": [1, true, false]},'
        ' {"names": "bar", "ratings": -Infinity, "query": "pasta"}]}'
    )
    assert first["query"] == second["query"] == ("bytes_list", [b"pizza"])
    assert first["location"] == third["location"] == ("bytes_list", [b"sfo"])
    assert first["ratings"][1][0] == 8.0
    assert math.isnan(first["ratings"][1][1])
    assert first["ratings"][1][2] == math.inf
    assert second["names"] == ("bytes_list", [b"baz", b"hello"])
    assert second["intboolmix"] == ("int64_list", [1, 1, 0])
    assert third["ratings"] == ("float_list", [-math.inf])
    assert third["query"] == ("bytes_list", [b"pasta"])


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("[]", "", []),
        ("9223372036854775807", "int64_list", [2**63 - 1]),
        ("-9223372036854775808", "int64_list", [-(2**63)]),
        # A number that no 64 bits hold is a floating-point number to TensorFlow Serving's parser.
        ("18446744073709551616", "float_list", [2.0**64]),
        ("[1.5, 18446744073709551616]", "float_list", [1.5, 2.0**64]),
        ("-9223372036854775809", "float_list", [-(2.0**63)]),
        ("1e2", "float_list", [100.0]),
        ("1e300", "float_list", [math.inf]),
        ("-0", "int64_list", [0]),
        ("true", "int64_list", [1]),
        ('"äß"', "bytes_list", ["äß".encode()]),
        ('"a\\u0000b"', "bytes_list", [b"a\x00b"]),
        ('{"b64": "/w=="}', "bytes_list", [b"\xff"]),
    ],
)
def test_a_value_s_form_decides_the_kind(value: str, kind: str, expected: list[Any]) -> None:
    assert parsed(f'{{"examples": [{{"f": {value}}}]}}') == [{"f": (kind, expected)}]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"context": [{"names": ["foo"]}]}, "Example must be JSON object but got JSON Array"),
        ({"context": None, "examples": [{}]}, "Example must be JSON object but got JSON Null"),
        ({}, "When method is classify, key 'examples' is expected and was not found"),
        ({"examples": {"names": ["foo"]}}, "Expecting 'examples' value to be an list/array"),
        ({"examples": []}, "'examples' value is an empty array"),
        ({"examples": [[{"names": ["foo"]}]]}, "Example must be JSON object but got JSON Array"),
        ({"examples": [1]}, "Example must be JSON object but got JSON Number"),
        (
            {"examples": [{"names": [10, None]}]},
            "Feature: names has element with unexpected JSON type: Null",
        ),
        (
            {"examples": [{"names": [10, 10.0]}]},
            "Unexpected element type in feature: names expecting type: int64",
        ),
        (
            {"examples": [{"names": [10.0, 10]}]},
            "Unexpected element type in feature: names expecting type: float",
        ),
        (
            {"examples": [{"names": ["ten", True]}]},
            "Unexpected element type in feature: names expecting type: bytes",
        ),
        (
            {"examples": [{"names": [10, {"test": 10}]}]},
            "Feature: names has element with unexpected JSON type: Object",
        ),
        (
            {"examples": [{"names": [[10], 20]}]},
            "Feature: names has element with unexpected JSON type: Array",
        ),
        (
            {"examples": [{"names": [20, 18446744073709551603]}]},
            "Feature: names has uint64_t element. Only int64_t is supported.",
        ),
        ({"examples": [{"names": [{"b64": "*"}]}]}, "Unable to base64 decode"),
        ({"examples": [{"names": "\ud800"}]}, "The surrogate pair in string is invalid."),
        ({"examples": [{"\ud800": 1}]}, "The surrogate pair in string is invalid."),
    ],
)
def test_what_is_no_example_is_refused_in_these_words(
    document: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServingError) as raised:
        examples_from_json(document)
    assert message in raised.value.message


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    with pytest.raises(ServingError, match="Number too big to be stored in double"):
        parsed('{"examples": [{"f": 1' + "0" * 1000 + "}]}")


VALUES = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.floats(width=32, allow_nan=False), min_size=1),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1),
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES))
def test_tensorflow_reads_the_values_that_were_sent(sent: dict[str, list[Any]]) -> None:
    import tensorflow as tf

    example = example_from_json(json.loads(json.dumps(sent)))
    theirs = tf.train.Example.FromString(example.SerializeToString())
    assert set(theirs.features.feature) == set(sent)
    for name, values in sent.items():
        feature = theirs.features.feature[name]
        found = list(getattr(feature, feature.WhichOneof("kind")).value)
        assert found == [v.encode() if isinstance(v, str) else v for v in values]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_an_example_or_refused(value: Any) -> None:
    try:
        array = examples_from_json({"context": value, "examples": [value, value]})
    except ServingError:
        return
    assert array.shape == (2,)
    assert array.dtype == np.dtype(object)


def test_of_features_of_the_same_name_the_last_counts() -> None:
    document = parse_json(b'{"examples": [{"x": [1, 2], "y": "a", "x": 3.5}]}')
    (serialized,) = examples_from_json(document)
    features = Example.FromString(serialized).features.feature
    assert list(features["x"].float_list.value) == [3.5]
    assert list(features["y"].bytes_list.value) == [b"a"]
