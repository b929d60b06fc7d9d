"""Classify, Regress and MultiInference over gRPC, of models that parse `tf.Example`s."""

from typing import Any

import grpc
import numpy as np
import pytest

from serving_protocol.messages import (
    ClassificationRequest,
    Example,
    ExampleList,
    ExampleListWithContext,
    InferenceTask,
    Input,
    ModelSpec,
    MultiInferenceRequest,
    RegressionRequest,
)
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.contract.test_refusals import refusal

pytestmark = pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
INVALID = grpc.StatusCode.INVALID_ARGUMENT
CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


def example(**features: Any) -> Example:
    """Floats and bytes as the features of an example."""
    made = Example()
    for name, value in features.items():
        feature = made.features.feature[name]
        if isinstance(value, bytes):
            feature.bytes_list.value.append(value)
        else:
            feature.float_list.value.append(value)
    return made


def listed(*examples: Example) -> Input:
    return Input(example_list=ExampleList(examples=examples))


def spec(signature: str, **choice: Any) -> ModelSpec:
    return ModelSpec(name="examples", signature_name=signature, **choice)


TWO = listed(example(x=2.0), example(x=5.0))


def classification(signature: str, given: Input = TWO, **choice: Any) -> ClassificationRequest:
    return ClassificationRequest(model_spec=spec(signature, **choice), input=given)


def regression(signature: str, given: Input = TWO, **choice: Any) -> RegressionRequest:
    return RegressionRequest(model_spec=spec(signature, **choice), input=given)


def multi(*tasks: tuple[str, str], given: Input = TWO, name: str = "examples") -> Any:
    return MultiInferenceRequest(
        tasks=[
            InferenceTask(
                model_spec=ModelSpec(name=name, signature_name=signature), method_name=method
            )
            for signature, method in tasks
        ],
        input=given,
    )


def pairs(classifications: Any) -> list[list[tuple[str, float]]]:
    return [[(each.label, each.score) for each in one.classes] for one in classifications]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [("regress_x_to_y", [3.0, 4.5]), ("regress_flat", [4.0, 5.5])],
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


EMPTY = Input()
CONTEXT_ALONE = Input(example_list_with_context=ExampleListWithContext(context=example(x=1.0)))


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (ClassificationRequest(input=TWO), INVALID, "Missing ModelSpec"),
        (
            ClassificationRequest(model_spec=ModelSpec(), input=TWO),
            INVALID,
            "ModelSpec has no name specified.",
        ),
        (
            ClassificationRequest(model_spec=ModelSpec(name="nobody"), input=TWO),
            grpc.StatusCode.NOT_FOUND,
            "Servable not found for request: Latest(nobody)",
        ),
        (
            classification("classify_x_to_y", version={"value": 9}),
            grpc.StatusCode.NOT_FOUND,
            "Servable not found for request: Specific(examples, 9)",
        ),
        (
            classification("classify_x_to_y", version_label="odd"),
            INVALID,
            "Unrecognized servable version label: odd",
        ),
        (classification("odd"), INVALID, "No signature was found with the name: odd"),
        (
            classification(""),
            INVALID,
            "No classification inputs found in SignatureDef: inputs {",
        ),
        (
            classification("classify_other"),
            INVALID,
            'Expected classification signature outputs to contain at least one of "classes" or '
            '"scores". Signature was: inputs {',
        ),
        (classification("classify_x_to_y", EMPTY), INVALID, "Input is empty."),
        (classification("classify_x_to_y", listed()), INVALID, "Input is empty."),
        (
            classification("classify_x_to_y", CONTEXT_ALONE),
            INVALID,
            "Input is empty.",
        ),
        (
            classification("classify_flat"),
            INVALID,
            "Expected Tensor shape: [batch_size num_classes] but got [2]",
        ),
        (
            classification("classify_sum"),
            INVALID,
            "Expected scores output batch size of 2. Got: 1",
        ),
        (
            classification("classify_double"),
            INVALID,
            "Expected scores Tensor of DT_FLOAT. Got: DT_DOUBLE",
        ),
        (
            classification("classify_ids"),
            INVALID,
            "Expected classes Tensor of DT_STRING. Got: DT_INT64",
        ),
        (
            classification("classify_uneven"),
            INVALID,
            "Tensors class and score should match in dim_size(1). Got 3 vs. 1",
        ),
        # Two mistakes at a time: the earlier check speaks.
        (classification("odd", EMPTY), INVALID, "No signature was found with the name: odd"),
        (classification("", EMPTY), INVALID, "No classification inputs found"),
    ],
)
def test_classify_refuses_with_code_and_words(
    contract: Contract, request_: ClassificationRequest, code: grpc.StatusCode, message: str
) -> None:
    actual_code, actual = refusal(contract.server.predictions.Classify, request_)
    assert (actual_code, actual[: len(message)]) == (code, message)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (RegressionRequest(input=TWO), "Missing ModelSpec"),
        (regression("odd"), "No signature was found with the name: odd"),
        (regression(""), "No regression inputs found in SignatureDef: inputs {"),
        (
            regression("classify_x_to_y"),
            "No regression outputs found in SignatureDef: inputs {",
        ),
        (regression("classify_animals"), "Expected one output Tensor."),
        (regression("regress_two_outputs"), "Expected one output Tensor."),
        (regression("regress_x_to_y", EMPTY), "Input is empty."),
        (
            regression("regress_pairs"),
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got "
            "[2,2]",
        ),
        (
            regression("regress_sum"),
            "Input batch size did not match output batch size: 2 vs. 1",
        ),
        (
            regression("regress_double"),
            "Expected output Tensor of DT_FLOAT.  Got: DT_DOUBLE",
        ),
    ],
)
def test_regress_refuses_with_code_and_words(
    contract: Contract, request_: RegressionRequest, message: str
) -> None:
    code, actual = refusal(contract.server.predictions.Regress, request_)
    assert (code, actual[: len(message)]) == (INVALID, message)


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (MultiInferenceRequest(input=TWO), INVALID, "ModelSpec has no name specified."),
        (
            multi(("regress_x_to_y", REGRESS), name="nobody"),
            grpc.StatusCode.NOT_FOUND,
            "Servable not found for request: Latest(nobody)",
        ),
        (
            multi(("odd", REGRESS)),
            INVALID,
            "Requested signature not found in model graph: odd",
        ),
        (
            multi(("regress_x_to_y", REGRESS), ("regress_x_to_y", CLASSIFY)),
            INVALID,
            "Duplicate evaluation of signature: regress_x_to_y",
        ),
        (
            multi(("regress_x_to_y", REGRESS), ("classify_x_to_y", "tensorflow/serving/predict")),
            grpc.StatusCode.UNIMPLEMENTED,
            "Unsupported signature method_name: tensorflow/serving/predict",
        ),
        (
            multi(("regress_x_to_y", "")),
            grpc.StatusCode.UNIMPLEMENTED,
            "Unsupported signature method_name: ",
        ),
        (
            multi(("classify_x_to_y", REGRESS)),
            INVALID,
            "No regression outputs found in SignatureDef: inputs {",
        ),
        (multi(("regress_x_to_y", REGRESS), given=EMPTY), INVALID, "Input is empty."),
        (
            multi(("regress_x_to_y", REGRESS), ("regress_pairs", REGRESS)),
            INVALID,
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1]",
        ),
    ],
)
def test_multi_inference_refuses_with_code_and_words(
    contract: Contract, request_: MultiInferenceRequest, code: grpc.StatusCode, message: str
) -> None:
    actual_code, actual = refusal(contract.server.predictions.MultiInference, request_)
    assert (actual_code, actual[: len(message)]) == (code, message)


def test_tasks_of_different_models_do_not_go_together(contract: Contract) -> None:
    request = multi(("regress_x_to_y", REGRESS), ("regress_flat", REGRESS))
    call = contract.server.predictions.MultiInference
    for name, message in (
        ("half_plus", "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
        ("", "Found ModelSpec with an empty model name."),
    ):
        request.tasks[1].model_spec.name = name
        assert refusal(call, request) == (INVALID, message)


def test_a_signature_that_takes_numbers_takes_no_examples(contract: Contract) -> None:
    code, message = refusal(contract.server.predictions.Regress, regression("regress_floats"))
    assert code == INVALID
    assert "to be float but string is provided" in message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (listed(example()), "x (data type: float) is required but could not be found."),
        (listed(example(x=b"2")), "Data types don't match. Data type: string but expected type: f"),
    ],
)
def test_examples_that_the_model_cannot_parse_are_refused_in_its_words(
    contract: Contract, given: Input, message: str
) -> None:
    call = contract.server.predictions.Regress
    code, actual = refusal(call, regression("regress_x_to_y", given))
    assert code == INVALID
    assert message in actual


def test_a_model_with_such_signatures_predicts_too(contract: Contract) -> None:
    answer = contract.server.predict(ModelSpec(name="examples"), x=np.ones((1, 1), np.float32))
    assert list(answer.outputs["y"].float_val) == [2.5]
    # Predict takes a signature of any method, and serialized examples as strings.
    answer = contract.server.predict(
        spec("regress_x_to_y"), inputs=np.array([example(x=2.0).SerializeToString()], object)
    )
    assert list(answer.outputs["outputs"].float_val) == [3.0]
