"""RapidJSON's grammar and words, as a program that was built from RapidJSON 1.1.0 gave them."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded.errors import ServingError
from server.embedded.rest_api.json_excerpt import excerpt
from server.embedded.rest_api.json_parser import parse
from server.embedded.rest_api.json_scanner import JsonSyntaxError
from server.embedded.rest_api.json_tensor import is_base64_object
from server.embedded.rest_api.json_values import MAX_CAREFUL_BYTES, parse_json

READ: list[tuple[bytes, Any]] = [
    (b'{"a": [1, 2.5, -3e2, null, true, false, "x", {}, []]}',
     {"a": [1, 2.5, -300.0, None, True, False, "x", {}, []]}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    (b"\xef\xbb[1]", [1]),
    (b'{"a": 1} and more', {"a": 1}),
    (b'{"a": 1}}', {"a": 1}),
    (b'{"a": 1}\0', {"a": 1}),
    (b"[1]//", [1]),
    (b'{"a": 1, "a": 2, "b": 3, "a": 4}', {"a": 1, "b": 3}),
    (b"[Inf, -Inf, Infinity, -Infinity]", [math.inf, -math.inf, math.inf, -math.inf]),
    (b"[-0, -0.0]", [0, -0.0]),
    (b"[NaN.5, -Infinity.5, Inf.0e3, -NaNe1]", [0.5, -0.5, 0.0, -0.0]),
    (b"[1e308, 0.1e309, 1e-400]", [1e308, 1e308, 0.0]),
    (b"[10e308]", [math.inf]),
    (b"[18446744073709551615, 18446744073709551616]", [2**64 - 1, 18446744073709551616.0]),
    (b"[-9223372036854775808, -9223372036854775809]", [-(2**63), -9223372036854775808.0]),
    (b'["\\u00e9\\ud83d\\ude00\\/\\"\\\\\\b\\f\\n\\r\\t"]', ["é😀/\"\\\b\f\n\r\t"]),
    (b'["\xff"]', ["\udcff"]),
    (b'["\\udc00"]', [b"\xed\xb0\x80".decode("utf-8", "surrogateescape")]),
    (b'{"": 1, "\\u0000": 2}', {"": 1, "\0": 2}),
]  # fmt: skip

REFUSED = [
    (b" ", "The document is empty. at offset: 1"),
    (b"]", "The document is empty. at offset: 0"),
    (b"{", "Missing a name for object member. at offset: 1"),
    (b"{1:2}", "Missing a name for object member. at offset: 1"),
    (b'{"a":1,}', "Missing a name for object member. at offset: 7"),
    (b'{"a" 1}', "Missing a colon after a name of object member. at offset: 5"),
    (b'{"a":}', "Invalid value. at offset: 5"),
    (b'{"a":1', "Missing a comma or '}' after an object member. at offset: 6"),
    (b'{"a":1 "b":2}', "Missing a comma or '}' after an object member. at offset: 7"),
    (b"[1 2]", "Missing a comma or ']' after an array element. at offset: 3"),
    (b"[1", "Missing a comma or ']' after an array element. at offset: 2"),
    (b"[1,]", "Invalid value. at offset: 3"),
    (b"[01]", "Missing a comma or ']' after an array element. at offset: 2"),
    (b"[1.]", "Miss fraction part in number. at offset: 3"),
    (b"[1e]", "Miss exponent in number. at offset: 3"),
    (b"[1e+]", "Miss exponent in number. at offset: 4"),
    (b"[+1]", "Invalid value. at offset: 1"),
    (b"[.5]", "Invalid value. at offset: 1"),
    (b"[--1]", "Invalid value. at offset: 2"),
    (b"[nul]", "Invalid value. at offset: 4"),
    (b"[True]", "Invalid value. at offset: 1"),
    (b"[nan]", "Invalid value. at offset: 2"),
    (b"[Nan]", "Invalid value. at offset: 3"),
    (b"[Infinite]", "Invalid value. at offset: 8"),
    (b"['a']", "Invalid value. at offset: 1"),
    (b"[/*c*/1]", "Invalid value. at offset: 1"),
    (b"[1e309]", "Number too big to be stored in double. at offset: 1"),
    (b"[0.1e310]", "Number too big to be stored in double. at offset: 1"),
    (b"[" + b"9" * 310 + b"]", "Number too big to be stored in double. at offset: 1"),
    (b"[" + b"1" * 5000 + b"]", "Number too big to be stored in double. at offset: 1"),
    (b'["a', "Missing a closing quotation mark in string. at offset: 3"),
    (b'["\n"]', "Invalid escape character in string. at offset: 2"),
    (b'["\\x"]', "Invalid escape character in string. at offset: 2"),
    (b'["\\u12g4"]', "Incorrect hex digit after \\u escape in string. at offset: 2"),
    (b'["\\ud800"]', "The surrogate pair in string is invalid. at offset: 2"),
    (b'["\\ud800\\u0041"]', "The surrogate pair in string is invalid. at offset: 2"),
    (b"[[[[", "Invalid value. at offset: 4"),
]

EXCERPTS: list[tuple[Any, str]] = [
    ({"a": [1, 2.5, {"b": None}]},
     '{\n    "a": [1, 2.5, {\n            "b": null\n        }]\n}'),
    ([], "[]"),
    ({}, "{}"),
    ([[], {}], "[[], {}]"),
    ({"a": 1, "b": [True]}, '{\n    "a": 1,\n    "b": [true]\n}'),
    ('é"\\\n\x1f/', '"é\\"\\\\\\n\\u001F/"'),
    ([1e39, 1e21, 1e20, 0.1, 100.0, 123456.789, 1e-7, 1.5e-7, 0.000001, -0.0],
     "[1e39, 1e21, 100000000000000000000.0, 0.1, 100.0, 123456.789, 1e-7, 1.5e-7, 0.000001, -0.0]"),
    ([1, math.nan, 2], "[1, "),
    ({"a": math.inf}, '{\n    "a": '),
    (list(range(1000)), "[" + ", ".join(map(str, range(67)))),
    (["x" * 300, 1], '["' + "x" * 300 + '"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), READ, ids=repr)
def test_what_rapidjson_reads_is_read(text: bytes, value: Any) -> None:
    assert repr(parse(text)) == repr(value)


@pytest.mark.parametrize("text", [b"[NaN]", b"[-NaN]"])
def test_not_a_number_is_read(text: bytes) -> None:
    assert math.isnan(parse(text)[0])


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=repr)
def test_what_rapidjson_refuses_is_refused_in_its_words(text: bytes, message: str) -> None:
    with pytest.raises(JsonSyntaxError) as raised:
        parse(text)
    assert str(raised.value) == message
    with pytest.raises(ServingError) as refused:
        parse_json(text)
    assert refused.value.message == f"JSON Parse error: {message}" or b"9999" in text


@pytest.mark.parametrize(("text", "value"), [each for each in READ if type(each[1]) is dict])
def test_a_request_is_read_the_same_way(text: bytes, value: Any) -> None:
    assert parse_json(text) == value


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1)
            | st.floats(allow_nan=False) | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=20,
        ),
    )
)  # fmt: skip
def test_both_ways_read_what_the_standard_library_writes(document: dict[str, Any]) -> None:
    text = json.dumps(document).encode()
    assert parse(text) == parse_json(text) == document


@given(st.binary(max_size=40))
def test_no_bytes_break_it(data: bytes) -> None:
    for read in (parse, parse_json):
        try:
            excerpt(read(data))
        except (JsonSyntaxError, ServingError):
            continue


@pytest.mark.parametrize("read", [parse, parse_json])
def test_all_members_of_the_same_name_are_shown(read: Callable[[bytes], Any]) -> None:
    document = read(b'{"a": 1, "b": {"b64": "AA==", "b64": "AQ=="}, "a": 2}')
    assert document == {"a": 1, "b": {"b64": "AA=="}}
    assert not is_base64_object(document["b"])
    assert excerpt(document).startswith('{\n    "a": 1,\n    "b": {\n        "b64": "AA==",\n')
    assert excerpt(document).endswith('},\n    "a": 2\n}')


def test_lists_may_be_nested_to_any_depth() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    document = parse_json(b'{"instances": [1], "nested": ' + deep + b"}")
    assert document["instances"] == [1]
    assert excerpt(document["nested"]) == "[" * 256


@pytest.mark.parametrize(("value", "text"), EXCERPTS, ids=lambda value: str(value)[:30])
def test_messages_show_values_as_rapidjson_writes_them(value: Any, text: str) -> None:
    assert excerpt(value) == text


def test_long_bodies_are_refused_by_the_fast_parser_alone() -> None:
    body = b'{"instances": [' + b"1," * (MAX_CAREFUL_BYTES // 2) + b"]}"
    with pytest.raises(ServingError, match=r"JSON Parse error: Invalid value\. at offset: 20971"):
        parse_json(body)
