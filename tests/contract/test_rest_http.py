"""REST below JSON, as TensorFlow Serving's `util/net_http` and `http_server.cc` have it."""

import gzip
import json
import zlib

import pytest

from tests.contract.conftest import Contract
from tests.contract.test_rest_json import HALF, ask
from tests.support import plain_http

BODY = b'{"instances": [2]}'


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "gzip, identity"])
def test_gzip_is_unpacked(contract: Contract, encoding: str) -> None:
    answer = ask(contract, gzip.compress(BODY), Content_Encoding=encoding)
    assert answer == (200, {"predictions": [3]})


@pytest.mark.parametrize(
    "body",
    [BODY, gzip.compress(BODY)[:-4], gzip.compress(BODY)[:20], zlib.compress(BODY), b"\x1f\x8b"],
)
def test_what_is_no_gzip_is_an_empty_document(contract: Contract, body: bytes) -> None:
    status, answer = ask(contract, body, Content_Encoding="gzip")
    assert status == 400
    assert answer["error"].startswith("JSON Parse error: The document is empty")


def test_a_gzip_that_becomes_too_long_is_refused(contract: Contract) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()
    status, answer = ask(contract, bomb, Content_Encoding="gzip")
    assert status == 400
    assert answer["error"].startswith("JSON Parse error: The document is empty")


@pytest.mark.parametrize("encoding", ["deflate", "br", "identity", "nothing"])
def test_other_encodings_are_read_as_they_are(contract: Contract, encoding: str) -> None:
    assert ask(contract, BODY, Content_Encoding=encoding)[0] == 200
    assert ask(contract, zlib.compress(BODY), Content_Encoding=encoding)[0] == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", HALF, 200),
        ("POST", HALF.replace("models", "MODELS"), 200),
        ("POST", HALF.replace("half_plus", "half%5Fplus"), 200),
        ("POST", HALF + "/", 400),
        ("POST", HALF + "?a=b", 400),
        ("POST", HALF.replace("predict", "explain"), 400),
        ("GET", "/v1/models/half_plus", 200),
        ("GET", "/v1/models/half_plus/", 400),
        # A model's name may hold a question mark.
        ("GET", "/v1/models/half_plus?a=b", 404),
        ("GET", "/v1/models/half_plus/versions/x", 400),
        ("GET", "/v1/models/half_plus/versions/99999999999999999999", 400),
        ("GET", "/v1/models/half_plus/metadata", 200),
        ("GET", "/v1/models/half_plus/versions/1/metadata", 200),
        ("GET", "/v1/models/half_plus/labels/stable/metadata", 200),
        ("PUT", HALF, 400),
        ("DELETE", "/v1/models/half_plus", 400),
        ("GET", "/v2/models/half_plus", 404),
    ],
)
def test_addresses_and_methods(contract: Contract, method: str, path: str, status: int) -> None:
    response = plain_http.request(method, contract.rest_url() + path, content=BODY)
    assert response.status_code == status
    if status == 400 and "9999" not in path:
        assert response.json() == {"error": f"Malformed request: {method} {path}"}


@pytest.mark.parametrize(("origin", "status"), [({"Origin": "http://a"}, 200), ({}, 400)])
def test_options_ask_with_an_origin(
    contract: Contract, origin: dict[str, str], status: int
) -> None:
    response = plain_http.request("OPTIONS", contract.rest_url() + HALF, headers=origin)
    assert response.status_code == status


def test_errors_are_indented_json(contract: Contract) -> None:
    response = plain_http.post(contract.rest_url() + HALF, content=b"{}")
    assert response.headers["Content-Type"] == "application/json"
    assert response.text == "{\n    \"error\": \"Missing 'inputs' or 'instances' key\"\n}"
    assert json.loads(response.text)["error"]


NO_NAME = "Missing model name in request."


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("", 400, NO_NAME),
        ("/versions/1", 400, NO_NAME),
        ("/labels/stable/metadata", 400, NO_NAME),
        ("/metadata", 404, "Could not find any versions of model metadata"),
        ("/versions", 404, "Could not find any versions of model versions"),
        ("/half_plus/versions/9", 404, "Could not find version 9 of model half_plus"),
        ("/nobody/versions/9", 404, "Could not find version 9 of model nobody"),
        ("/half_plus/versions/0/metadata", 404, "Servable not found for request: Specific("),
        ("/nobody/metadata", 404, "Servable not found for request: Latest(nobody)"),
        ("/half_plus/labels/no/metadata", 400, "Unrecognized servable version label: no"),
        ("/nobody/labels/stable/metadata", 400, "Unrecognized servable version label: stable"),
    ],
)
def test_what_cannot_be_described_is_named(
    contract: Contract, path: str, status: int, error: str
) -> None:
    response = plain_http.get(f"{contract.rest_url()}/v1/models{path}")
    assert response.status_code == status
    assert response.json()["error"].startswith(error)


def test_a_status_is_of_all_versions_whatever_label_is_asked_for(contract: Contract) -> None:
    whole, labelled = (
        plain_http.get(f"{contract.rest_url()}/v1/models/half_plus{label}").json()
        for label in ("", "/labels/nobody")
    )
    assert labelled == whole
    assert [each["version"] for each in whole["model_version_status"]] == ["2", "1"]
