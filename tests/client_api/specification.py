"""Holds every answer of a gateway to its own specification."""

from functools import cache
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # it has no types
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from client_api.app import create_app
from client_api.settings import Settings
from tests.support.fake_model_server import FakeModelServer

PROBLEM = "application/problem+json"


@cache
def specification() -> dict[str, Any]:
    app = create_app(Settings(model_name="hands"), FakeModelServer())
    document: dict[str, Any] = app.test_client().get("/swagger.json").get_json()
    return document


@cache
def routes() -> Map:
    rules = (
        Rule(path.replace("{", "<").replace("}", ">"), endpoint=path, strict_slashes=False)
        for path in specification()["paths"]
    )
    return Map(rules, merge_slashes=False)


def operation_of(path: str, method: str) -> dict[str, Any]:
    """What the specification says of a path; nothing where it does not have it."""
    try:
        endpoint, _ = routes().bind("gateway").match(path)
    except HTTPException:
        return {}
    found: dict[str, Any] = specification()["paths"][endpoint].get(method.lower(), {})
    return found


def errors(name: str, document: object) -> list[str]:
    """Why a document is not of the model of that name."""
    return [error.message for error in validator(name).iter_errors(document)]


@cache
def validator(name: str) -> Draft4Validator:
    definitions = _with_null(specification()["definitions"])
    return Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})


def _with_null(schema: Any) -> Any:
    """As JSON Schema has it: `x-nullable` is Swagger's."""
    if isinstance(schema, list):
        return [_with_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _with_null(value) for key, value in schema.items() if key != "x-nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if schema.get("x-nullable") else rest


def check(answer: TestResponse) -> None:
    """Fail where an answer in JSON is not what the specification says."""
    path, method = answer.request.path, answer.request.method
    if answer.mimetype not in ("application/json", PROBLEM) or method == "HEAD":
        return
    described = operation_of(path, method).get("responses", {}).get(str(answer.status_code))
    if answer.mimetype == PROBLEM:
        name = "DeepStackProblem" if path.startswith("/v1/") else "Problem"
        assert described is None or described["schema"]["$ref"].endswith(f"/{name}")
    elif described is None:
        return
    else:
        name = described["schema"]["$ref"].rpartition("/")[2]
    document = answer.get_json()
    if name == "Prediction" and isinstance(document, list):
        assert [errors("CocoResult", each) for each in document] == [[]] * len(document)
    else:
        assert errors(name, document) == [], document


class CheckedClient(FlaskClient):
    """A client that holds each answer to the specification."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        check(answer)
        return answer
