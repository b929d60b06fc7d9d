"""The specification says what is answered; `conftest`'s clients hold every answer to it."""

import json
import re

import pytest
from flask.testing import FlaskClient

from tests.client_api.specification import errors, operation_of, specification

PREDICTION = {
    "request_id": "a",
    "model": {"name": "hands", "version": "1"},
    "timing_ms": {"read": 0.1, "predict": 0.1, "render": 0.0, "total": 0.3},
    "image": {"width": 4, "height": 3},
    "detections": [],
}


def test_every_answer_of_every_operation_has_a_model() -> None:
    for path, operations in specification()["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post") and path != "/metrics":
                for status, answer in operation["responses"].items():
                    assert "$ref" in answer["schema"], (path, method, status)


def test_every_reference_leads_to_a_model() -> None:
    definitions = specification()["definitions"]
    text = json.dumps(specification())
    referred = set(re.findall(r'"#/definitions/([^"]+)"', text))
    assert referred <= set(definitions)
    # A list of these is an alternative, which Swagger 2.0 cannot say.
    assert set(definitions) - referred == {"CocoResult"}


def test_errors_have_the_model_of_the_api_that_is_spoken() -> None:
    ours = operation_of("/predict", "POST")["responses"]["415"]["schema"]
    deepstack = operation_of("/v1/vision/detection", "POST")["responses"]["415"]["schema"]
    assert ours == {"$ref": "#/definitions/Problem"}
    assert deepstack == {"$ref": "#/definitions/DeepStackProblem"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"request_id": 5},
        {"timing_ms": {"read": 0.1}},
        {"detections": [{"class_id": 1}]},
        {"image": {"width": 4, "height": None}},
        {"pictures": []},
    ],
)
def test_an_answer_of_another_shape_is_noticed(wrong: dict[str, object]) -> None:
    assert errors("Prediction", PREDICTION) == []
    assert errors("Prediction", PREDICTION | wrong) != []


def test_an_answer_is_held_to_it(client: FlaskClient, png: bytes) -> None:
    answer = client.post("/predict", data=png, content_type="image/png")
    assert errors("Prediction", answer.get_json()) == []
    assert errors("Model", client.get("/models/hands").get_json()) == []
