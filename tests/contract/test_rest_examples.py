"""REST's classify and regress, of models that parse `tf.Example`s."""

from typing import Any

import pytest

from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.contract.test_rest import ask

pytestmark = pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
CLASSIFY, REGRESS = "/v1/models/examples:classify", "/v1/models/examples:regress"
TWO = [{"x": 2.0}, {"x": [5.0]}]


@pytest.mark.parametrize(
    ("path", "signature", "results"),
    [
        (REGRESS, "regress_x_to_y", [3.0, 4.5]),
        (REGRESS, "regress_misdeclared", [3.0, 4.5]),
        ("/v1/models/examples/versions/1:regress", "regress_flat", [4.0, 5.5]),
        (CLASSIFY, "classify_x_to_y", [[["", 3.0]], [["", 4.5]]]),
        (
            CLASSIFY,
            "classify_animals",
            [
                [["cat", 2.0], ["dog", 4.0], ["bird", 6.0]],
                [["cat", 5.0], ["dog", 10.0], ["bird", 15.0]],
            ],
        ),
        (CLASSIFY, "classify_labels", [[["cat", 0.0], ["dog", 0.0], ["bird", 0.0]]] * 2),
    ],
)
def test_examples_are_answered_with_results(
    contract: Contract, path: str, signature: str, results: list[Any]
) -> None:
    body = {"signature_name": signature, "examples": TWO}
    assert ask(contract, path, body) == (200, {"results": results})


def test_a_context_is_part_of_each_example_which_may_say_otherwise(contract: Contract) -> None:
    body = {
        "signature_name": "classify_animals",
        "context": {"x": 1.0, "animal": "horse"},
        "examples": [{}, {"x": 4.0}, {"animal": {"b64": "Y293"}}],
    }
    status, answer = ask(contract, CLASSIFY, body)
    assert status == 200
    assert [each[2] for each in answer["results"]] == [
        ["horse", 3.0],
        ["horse", 12.0],
        ["cow", 3.0],
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        (CLASSIFY, b"{", 400, "JSON Parse error: "),
        (REGRESS, b"", 400, "JSON Parse error: The document is empty"),
        (REGRESS, {}, 400, "When method is classify, key 'examples' is expected and was not found"),
        (REGRESS, {"examples": []}, 400, "'examples' value is an empty array"),
        (
            REGRESS,
            {"signature_name": 1, "examples": TWO},
            400,
            "'signature_name' key must be a str",
        ),
        (
            REGRESS,
            {"examples": [{"x": [1, 2.0]}]},
            400,
            "Unexpected element type in feature: x exp",
        ),
        (
            REGRESS,
            {"signature_name": "odd", "examples": TWO},
            400,
            "No signature was found with the name: odd",
        ),
        (CLASSIFY, {"examples": TWO}, 400, "No classification inputs found in SignatureDef: "),
        (
            REGRESS,
            {"signature_name": "regress_sum", "examples": TWO},
            400,
            "Input batch size did not match output batch size: 2 vs. 1",
        ),
        # Of features that are not what the model parses: a whole number is no float.
        (
            REGRESS,
            {"signature_name": "regress_x_to_y", "examples": [{"x": 2}]},
            400,
            "Data types don't match. Data type: int64 but expected type: float",
        ),
        ("/v1/models/no:classify", {"examples": TWO}, 404, "Servable not found for request: Late"),
        (
            "/v1/models/examples/versions/9:regress",
            {"examples": TWO},
            404,
            "Servable not found for request: Specific(examples, 9)",
        ),
        (
            "/v1/models/examples/labels/no:regress",
            {"examples": TWO},
            400,
            "Unrecognized servable version label: no",
        ),
        # The body is read before the model is looked for.
        ("/v1/models/no:classify", {}, 400, "key 'examples' is expected"),
        (REGRESS, None, 400, f"Malformed request: GET {REGRESS}"),
        (
            "/v1/models/examples:multiInference",
            {},
            400,
            "Malformed request: POST /v1/models/exampl",
        ),
    ],
)
def test_a_refusal_has_tensorflow_servings_status_and_words(
    contract: Contract, path: str, body: Any, status: int, message: str
) -> None:
    answered, answer = ask(contract, path, body)
    assert answered == status
    assert answer.keys() == {"error"}
    assert message in answer["error"]
