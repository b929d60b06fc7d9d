"""REST's JSON, case by case as TensorFlow Serving 2.18 to 2.20's `json_tensor_test.cc` has it."""

from typing import Any

import numpy as np
import pytest

from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.support import plain_http

HALF = "/v1/models/half_plus/versions/1:predict"
SUMS = "/v1/models/sums:predict"
SLOW = "/v1/models/slow:predict"


def ask(
    contract: Contract, body: bytes | str, path: str = HALF, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Status and JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = plain_http.post(contract.rest_url() + path, content=body, headers=names)
    answer: dict[str, Any] = response.json()
    return response.status_code, answer


# y = x / 2 + 2 in float32
@pytest.mark.parametrize(
    ("body", "predictions"),
    [
        ('{"instances": [1, 2.0, 3, 4, 5.5, 0.25, 0.0]}', [2.5, 3, 3.5, 4, 4.75, 2.125, 2]),
        ('{"instances": [1435774380]}', [717887232.0]),
        ('{"instances": [1435774380.0]}', [717887232.0]),
        ('{"instances": [16777217, 33554433]}', [8388610.0, 16777218.0]),
        ('{"instances": [9007199254740993]}', [4503599627370496.0]),
        ('{"instances": [123456789012345678901234567890]}', [6.172839506172839e28]),
        ('{"instances": [1e39, -1e39]}', [float("inf"), float("-inf")]),
        ('{"instances": [1.7976931348623157e308]}', [float("inf")]),
        ('{"instances": [2.2250738585072014e-308, 1e-400]}', [2, 2]),
        ('{"instances": [Inf, -Inf, Infinity, -Infinity]}', [float("inf"), float("-inf")] * 2),
        ('\ufeff{"instances": [2]}', [3]),
        ('{"instances": [2]}X', [3]),
        ('{"instances": [2]} {"instances": [4]}', [3]),
        (' \t\r\n{"instances": [2]}\n', [3]),
        ('{"instances": [2], "instances": [4]}', [3]),
        ('{"instances": [{"x": 2, "x": 4}]}', [3]),
        ('{"instances": [2], "more": "' + "x" * 10_000 + '"}', [3]),
        ('{"instances": [2], "nested": ' + "[" * 50_000 + "]" * 50_000 + "}", [3]),
        ('{"instances": [{"x": 2}, {"x": 4}]}', [3, 4]),
        ('{"instances": [[], []]}', [[], []]),
        ('{"instances": [[2, 4], [6, 8]]}', [[3, 4], [5, 6]]),
        ('{"signature_name": "", "instances": [2]}', [3]),
        ('{"signature_name": "serving_default", "instances": [2]}', [3]),
    ],
)
def test_rows_are_read_as_json_tensor_reads_them(
    contract: Contract, body: str, predictions: list[Any]
) -> None:
    status, answer = ask(contract, body)
    assert status == 200, answer
    # Of float32 as much as every number format shows.
    np.testing.assert_allclose(answer["predictions"], predictions, rtol=1e-6)
    assert np.shape(answer["predictions"]) == np.shape(predictions)


@pytest.mark.parametrize(
    ("body", "outputs"),
    [
        ('{"inputs": 2}', 3),
        ('{"inputs": []}', []),
        ('{"inputs": {"x": 2}}', 3),
        ('{"inputs": {"x": [[2], [4]], "x": 1, "other": "as it is"}}', [[3], [4]]),
    ],
)
def test_columns_are_read_as_json_tensor_reads_them(
    contract: Contract, body: str, outputs: Any
) -> None:
    assert ask(contract, body) == (200, {"outputs": outputs})


@pytest.mark.parametrize("path", [HALF, SLOW])
def test_not_a_number_is_one_for_floats_alone(contract: Contract, path: str) -> None:
    status, answer = ask(contract, '{"inputs": NaN}', path)
    if path == HALF:
        assert status == 200
        assert answer["outputs"] != answer["outputs"]
    else:
        assert status == 400


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (HALF, "", "JSON Parse error: The document is empty"),
        (HALF, " ", "JSON Parse error: The document is empty. at offset: 1"),
        (HALF, "{", "JSON Parse error: Missing a name for object member. at offset: 1"),
        (HALF, '{"instances": [1,]}', "JSON Parse error: Invalid value. at offset: 17"),
        (
            HALF,
            '{"instances": [1 2]}',
            "JSON Parse error: Missing a comma or ']' after an array element. at offset: 17",
        ),
        (HALF, '{"instances": [1]', "Missing a comma or '}' after an object member. at offset: 17"),
        (HALF, '{"instances": [1.]}', "JSON Parse error: Miss fraction part in number."),
        (HALF, '{"instances": [1e309]}', "Number too big to be stored in double. at offset: 15"),
        (HALF, '{/* */"instances": [1]}', "Missing a name for object member. at offset: 1"),
        (HALF, '{"a": "\\ud800"}', "The surrogate pair in string is invalid. at offset: 7"),
        (HALF, "[1]", "JSON Value: [1] Is not object"),
        (HALF, "{}", "Missing 'inputs' or 'instances' key"),
        (HALF, '{"signature_name": 5, "instances": [1]}', "must be a string value."),
        (
            HALF,
            '{"signature_name": ' + "[" * 50_000 + "]" * 50_000 + "}",
            "'signature_name' key must be a string value.",
        ),
        (
            HALF,
            '{"instances": [1], "inputs": [1]}',
            'JSON Value: {\n    "instances": [1],\n    "inputs": [1]\n} Not formatted correctly '
            "expecting only one of 'inputs' or 'instances' keys to exist ",
        ),
        (HALF, '{"instances": 1}', "Expecting 'instances' to be an list/array"),
        (HALF, '{"instances": []}', "No values in 'instances' array"),
        (
            HALF,
            '{"instances": [[1, 2], [3, 4], [5, 6, 7]]}',
            "Failed to process element: 2 of 'instances' list. Error: INVALID_ARGUMENT: "
            "Expecting tensor size: 2 but got: 3",
        ),
        (
            HALF,
            '{"instances": [[1, 2], [[5, 6]]]}',
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
            "Expecting shape [2] but got: [1,2]",
        ),
        (HALF, '{"instances": [1, [1]]}', "Expecting shape [] but got: [1]"),
        (HALF, '{"instances": [[1, [2]]]}', "Encountered list at unexpected level: 1 expected < 1"),
        (
            HALF,
            '{"instances": [[[1], 2]]}',
            "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
        ),
        (
            HALF,
            '{"instances": [[[1], [2, 3]]]}',
            "Encountered list at unexpected size: 2 at level: 1 expected size: 1",
        ),
        (
            HALF,
            '{"instances": [[1, 2], ["a", "b"]]}',
            "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: "
            'JSON Value: "a" Type: String is not of expected type: float',
        ),
        (HALF, '{"inputs": "1"}', 'JSON Value: "1" Type: String is not of expected type: float'),
        (HALF, '{"inputs": null}', "JSON Value: null Type: Null is not of expected type: float"),
        (HALF, '{"inputs": true}', "JSON Value: true Type: True is not of expected type: float"),
        (
            HALF,
            '{"inputs": {"b64": "AA=="}}',
            'JSON Value: {\n    "b64": "AA=="\n} Type: Object is not of expected type: float',
        ),
        (HALF, '{"inputs": {"y": 1}}', "Missing named input: x in 'inputs' object."),
        (
            HALF,
            '{"instances": [{"y": 1}]}',
            "Failed to process element: 0 key: y of 'instances' list. Error: INVALID_ARGUMENT: "
            "JSON object: does not have named input: y",
        ),
        (HALF, '{"instances": [1, {"x": 1}]}', "Expecting value/list but got object at item 1 of "),
        (SLOW, '{"inputs": 1.0}', "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        (SLOW, '{"inputs": 1e2}', "JSON Value: 100.0 Type: Number is not of expected type: int32"),
        (SLOW, '{"inputs": 2147483648}', "JSON Value: 2147483648 Type: Number is not of expected"),
        (SLOW, '{"inputs": true}', "JSON Value: true Type: True is not of expected type: int32"),
        (SUMS, '{"instances": [1]}', "instances is a plain list, but expecting list of objects as"),
        (SUMS, '{"inputs": [1]}', "inputs is a plain value/list, but expecting an object as multi"),
        (SUMS, '{"inputs": {"a": [[1, 2]]}}', "Missing named input: b in 'inputs' object."),
        (
            SUMS,
            '{"instances": [{"a": [1, 2]}]}',
            "Failed to process element: 0 of 'instances' list. JSON object: "
            '{\n    "a": [1, 2]\n} keys must be equal to: a,b',
        ),
        (
            SUMS,
            '{"instances": [{"a": [1, 2], "b": [1, 2]}, [1, 2]]}',
            "Expecting object but got list at item 1 of input list",
        ),
        (
            SUMS,
            '{"instances": [{"b64": "AA=="}]}',
            "",
        ),
    ],
)
def test_what_json_tensor_refuses_is_refused_in_its_words(
    contract: Contract, path: str, body: str, message: str
) -> None:
    status, answer = ask(contract, body, path)
    assert status == 400
    assert answer.keys() == {"error"}
    assert message in answer["error"]


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
@pytest.mark.parametrize(
    ("body", "predictions"),
    [
        (b'{"instances": ["a", {"b64": "Yg=="}, {"b64": "Yw"}, {"b64": "Z A\\n=="}]}', "ABCD"),
        (b'{"instances": ["\\u0061", "\\ud83d\\ude00"]}', ["A", "😀"]),
        (b'{"instances": [["a"], [{"b64": "Yg=="}]]}', [["A"], ["B"]]),
        (b'{"instances": [{"text": "a"}, {"text": {"b64": "Yg=="}}]}', "AB"),
    ],
)
def test_strings_are_text_or_base64(contract: Contract, body: bytes, predictions: Any) -> None:
    answer = ask(contract, body, "/v1/models/shout:predict")
    assert answer == (200, {"predictions": list(predictions)})


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('{"b64": "*"}', "Unable to base64 decode"),
        ('{"b64": "YQ="}', "Unable to base64 decode"),
        ('{"b64": "Y"}', "Unable to base64 decode"),
        ('{"b64": 1}', "Expecting value/list but got object"),
        ('[{"b64": 1}]', "not formatted correctly for base64 data"),
        ("1", "JSON Value: 1 Type: Number is not of expected type: string"),
    ],
)
def test_what_is_no_base64_is_refused(contract: Contract, value: str, message: str) -> None:
    body = '{"instances": ["a", ' + value + "]}"
    status, answer = ask(contract, body, "/v1/models/shout:predict")
    assert status == 400
    assert message in answer["error"]
