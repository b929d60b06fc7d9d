"""What Classify, Regress and MultiInference are refused for, word for word and in its order."""

import grpc
import pytest

from serving_protocol.messages import (
    ClassificationRequest,
    Input,
    ModelSpec,
    MultiInferenceRequest,
    RegressionRequest,
)
from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract
from tests.contract.test_refusals import refusal
from tests.support.example_requests import (
    CLASSIFY,
    CONTEXT_ALONE,
    EMPTY,
    REGRESS,
    TWO,
    classification,
    example,
    listed,
    multi,
    regression,
)

pytestmark = pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
INVALID = grpc.StatusCode.INVALID_ARGUMENT


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
