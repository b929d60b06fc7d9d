"""The specification is valid, and says what Swagger UI needs to send an image."""

import json
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types
import pytest
from flask.testing import FlaskClient

from tests.client_api.conftest import NewClient


@pytest.fixture
def specification(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/swagger.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.get_json()
    return document


def test_the_specification_is_valid_swagger(specification: dict[str, Any]) -> None:
    schema = json.loads(files("flask_restx").joinpath("schemas/oas-2.0.json").read_text())
    jsonschema.Draft4Validator(schema).validate(specification)


def test_every_path_of_the_contract_is_in_it(specification: dict[str, Any]) -> None:
    assert set(specification["paths"]) >= {
        "/predict",
        "/models/{model}/predict",
        "/models/{model}/versions/{version}/predict",
        "/models/{model}/labels/{label}/predict",
        "/models",
        "/models/{model}",
        "/models/{model}/label_map",
        "/limits",
        "/healthz",
        "/v2/health/live",
        "/readyz",
        "/v2/health/ready",
        "/metrics",
        "/v1/vision/detection",
        "/v1/vision/custom/{model}",
        "/v1/vision/custom/list",
        "/v1/status/updateavailable",
    }


def test_images_are_sent_as_multipart_and_nothing_else(specification: dict[str, Any]) -> None:
    # Swagger UI takes the first content type, and urlencoded forms carry no files.
    for path, operations in specification["paths"].items():
        if not path.endswith("/predict"):
            continue
        operation = operations["post"]
        assert operation["consumes"] == ["multipart/form-data"]
        by_name = {each["name"]: each for each in operation["parameters"]}
        assert by_name["image"]["type"] == "file"
        assert by_name["image"]["in"] == "formData"
        assert operation["produces"][0] == "application/json"


def test_operations_have_ids_of_their_own(specification: dict[str, Any]) -> None:
    ids = [
        operation["operationId"]
        for path in specification["paths"].values()
        for method, operation in path.items()
        if method in {"get", "post"}
    ]
    assert len(set(ids)) == len(ids)


def test_the_key_is_documented_where_one_is_set(new_client: NewClient) -> None:
    document = new_client(api_key="right").get("/swagger.json").get_json()
    assert set(document["securityDefinitions"]) == {"bearer", "key"}
    assert document["paths"]["/predict"]["post"]["security"]
    assert "security" not in document["paths"]["/models"]["get"]
