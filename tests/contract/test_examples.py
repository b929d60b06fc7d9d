"""Classify, Regress and MultiInference over gRPC, of models that parse `tf.Example`s."""

from typing import Any

import numpy as np
import pytest

from serving_protocol.messages import ExampleListWithContext, Input, ModelSpec
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.support.example_requests import (
    CLASSIFY,
    REGRESS,
    classification,
    example,
    multi,
    regression,
    spec,
)

pytestmark = pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)


def pairs(classifications: Any) -> list[list[tuple[str, float]]]:
    return [[(each.label, each.score) for each in one.classes] for one in classifications]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("regress_x_to_y", [3.0, 4.5]),
        ("regress_flat", [4.0, 5.5]),
        # What the graph takes counts, whatever the signature declares.
        ("regress_misdeclared", [3.0, 4.5]),
    ],
)
def test_a_regression_gives_each_example_its_number(
    contract: Contract, signature: str, expected: list[float]
) -> None:
    response = contract.server.predictions.Regress(regression(signature), timeout=30)
    assert [each.value for each in response.result.regressions] == expected
    assert response.model_spec == spec(signature, version={"value": 1})


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("classify_x_to_y", [[("", 3.0)], [("", 4.5)]]),
        (
            "classify_animals",
            [
                [("cat", 2.0), ("dog", 4.0), ("bird", 6.0)],
                [("cat", 5.0), ("dog", 10.0), ("bird", 15.0)],
            ],
        ),
        ("classify_labels", [[("cat", 0.0), ("dog", 0.0), ("bird", 0.0)]] * 2),
    ],
)
def test_a_classification_gives_each_example_its_classes(
    contract: Contract, signature: str, expected: list[Any]
) -> None:
    response = contract.server.predictions.Classify(classification(signature), timeout=30)
    assert pairs(response.result.classifications) == expected
    assert response.model_spec == spec(signature, version={"value": 1})


def test_a_context_is_part_of_each_example_which_may_say_otherwise(contract: Contract) -> None:
    shared = example(x=1.0, animal=b"horse")
    given = Input(
        example_list_with_context=ExampleListWithContext(
            context=shared, examples=[example(), example(x=4.0), example(animal=b"cow")]
        )
    )
    request = classification("classify_animals", given)
    response = contract.server.predictions.Classify(request, timeout=30)
    assert [one[2] for one in pairs(response.result.classifications)] == [
        ("horse", 3.0),
        ("horse", 12.0),
        ("cow", 3.0),
    ]


def test_several_tasks_are_answered_in_their_order(contract: Contract) -> None:
    request = multi(("regress_x_to_y", REGRESS), ("classify_animals", CLASSIFY))
    response = contract.server.predictions.MultiInference(request, timeout=30)
    first, second = response.results
    assert [each.value for each in first.regression_result.regressions] == [3.0, 4.5]
    assert pairs(second.classification_result.classifications)[0][2] == ("bird", 6.0)
    assert first.model_spec == spec("regress_x_to_y", version={"value": 1})
    assert second.model_spec == spec("classify_animals", version={"value": 1})


def test_several_tasks_take_one_run(contract: Contract) -> None:
    request = multi(("regress_calls", REGRESS), ("classify_calls", CLASSIFY))
    before, after = (
        contract.server.predictions.MultiInference(request, timeout=30) for _ in range(2)
    )
    counts = [
        (
            response.results[0].regression_result.regressions[0].value,
            response.results[1].classification_result.classifications[0].classes[0].score,
        )
        for response in (before, after)
    ]
    assert counts == [(counts[0][0],) * 2, (counts[0][0] + 1,) * 2]


def test_a_model_with_such_signatures_predicts_too(contract: Contract) -> None:
    answer = contract.server.predict(ModelSpec(name="examples"), x=np.ones((1, 1), np.float32))
    assert list(answer.outputs["y"].float_val) == [2.5]
    # Predict takes a signature of any method, and serialized examples as strings.
    serialized = np.array([example(x=2.0).SerializeToString()], object)
    for name in ("regress_x_to_y", "regress_misdeclared"):
        answer = contract.server.predict(spec(name), inputs=serialized)
        assert list(answer.outputs["outputs"].float_val) == [3.0]
