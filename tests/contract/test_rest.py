"""The REST API, as TensorFlow Serving's documentation and clients know it."""

import base64
import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract


def ask(contract: Contract, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON; a body that is no bytes is sent as JSON."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(contract.rest_url() + path, data, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize(
    ("path", "offset"),
    [
        ("half_plus", 3.0),
        ("half_plus/versions/1", 2.0),
        ("half_plus/versions/2", 3.0),
        ("half_plus/labels/stable", 2.0),
        ("half_plus/labels/canary", 3.0),
    ],
)
def test_the_address_chooses_the_version(contract: Contract, path: str, offset: float) -> None:
    answer = ask(contract, f"/v1/models/{path}:predict", {"instances": [1, 2.5]})
    assert answer == (200, {"predictions": [0.5 + offset, 1.25 + offset]})


def test_columns_are_answered_as_columns(contract: Contract) -> None:
    answer = ask(contract, "/v1/models/half_plus:predict", {"inputs": {"x": [1]}})
    assert answer == (200, {"outputs": [3.5]})


def test_several_tensors_go_by_name(contract: Contract) -> None:
    columns = {"inputs": {"a": [[1, 2]], "b": [[0.5, 0.25]]}}
    assert ask(contract, "/v1/models/sums:predict", columns) == (
        200,
        {"outputs": {"sum": [[1.5, 2.25]], "difference": [[0.5, 1.75]]}},
    )
    rows = {"instances": [{"a": [1, 2], "b": [3, 4]}, {"a": [0, 0], "b": [1, 1]}]}
    assert ask(contract, "/v1/models/sums:predict", rows) == (
        200,
        {
            "predictions": [
                {"sum": [4, 6], "difference": [-2, -2]},
                {"sum": [1, 1], "difference": [-1, -1]},
            ]
        },
    )


def test_a_signature_can_be_named(contract: Contract) -> None:
    body = {"signature_name": "only_sum", "inputs": {"a": [[1, 2]], "b": [[3, 4]]}}
    assert ask(contract, "/v1/models/sums:predict", body) == (200, {"outputs": [[4, 6]]})


def test_floats_are_brief_and_keep_their_point(contract: Contract) -> None:
    request = Request(
        contract.rest_url() + "/v1/models/half_plus/versions/1:predict",
        b'{"inputs": [0.2, -4, NaN, Infinity, -Infinity]}',
    )
    with urlopen(request, timeout=30) as response:
        text = "".join(response.read().decode().split())
    assert text == '{"outputs":[2.1,0.0,NaN,Infinity,-Infinity]}'


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
def test_bytes_travel_as_base64(contract: Contract) -> None:
    encoded = {"b64": base64.b64encode(b"one").decode()}
    for body in (
        {"instances": [encoded, "two"]},
        {"instances": [{"text": encoded}, {"text": "two"}]},
    ):
        answer = ask(contract, "/v1/models/shout:predict", body)
        assert answer == (200, {"predictions": ["ONE", "TWO"]})


def test_status_names_versions_and_states(contract: Contract) -> None:
    status, answer = ask(contract, "/v1/models/half_plus")
    assert status == 200
    assert [
        (each["version"], each["state"], each["status"]["error_code"])
        for each in answer["model_version_status"]
    ] == [("2", "AVAILABLE", "OK"), ("1", "AVAILABLE", "OK")]
    status, answer = ask(contract, "/v1/models/half_plus/versions/1")
    assert [each["version"] for each in answer["model_version_status"]] == ["1"]


def test_metadata_shows_the_signatures(contract: Contract) -> None:
    status, answer = ask(contract, "/v1/models/sums/metadata")
    assert status == 200
    assert answer["model_spec"]["name"] == "sums"
    assert answer["model_spec"]["version"] == "1"
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert {"serving_default", "only_sum"} <= signatures.keys()
    assert signatures["serving_default"]["inputs"]["a"]["dtype"] == "DT_FLOAT"
    sizes = signatures["serving_default"]["inputs"]["a"]["tensor_shape"]["dim"]
    assert [each["size"] for each in sizes] == ["-1", "2"]


PREDICT = "/v1/models/half_plus:predict"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        (PREDICT, b"{", 400, "JSON Parse error: "),
        (PREDICT, b"", 400, "JSON Parse error: The document is empty"),
        (PREDICT, {}, 400, "Missing 'inputs' or 'instances' key"),
        (PREDICT, {"instances": ["a"]}, 400, "is not of expected type: float"),
        (
            PREDICT,
            {"signature_name": "no", "instances": [1]},
            400,
            'Serving signature name: "no" not found in signature def',
        ),
        ("/v1/models/sums:predict", {"inputs": {"a": [[1, 2]]}}, 400, "Missing named input: b"),
        ("/v1/models/no:predict", {"instances": [1]}, 404, "Servable not found for request: Late"),
        (
            "/v1/models/half_plus/versions/9:predict",
            {"instances": [1]},
            404,
            "Servable not found for request: Specific(half_plus, 9)",
        ),
        (
            "/v1/models/half_plus/labels/no:predict",
            {"instances": [1]},
            400,
            "Unrecognized servable version label: no",
        ),
        ("/v1/models/no", None, 404, "Could not find any versions of model no"),
        ("/v1/models/half_plus/versions/9", None, 404, "Could not find version 9 of model half_pl"),
        ("/v1/models", None, 400, "Missing model name in request."),
        ("/v1/half_plus", None, 400, "Malformed request: GET /v1/half_plus"),
        (PREDICT, None, 400, f"Malformed request: GET {PREDICT}"),
    ],
)
def test_a_refusal_has_tensorflow_servings_status_and_words(
    contract: Contract, path: str, body: Any, status: int, message: str
) -> None:
    answered, answer = ask(contract, path, body)
    assert answered == status
    assert answer.keys() == {"error"}
    assert message in answer["error"]
