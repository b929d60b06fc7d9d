"""What examples may cost, and what Classify, Regress and MultiInference do with a model."""

import tracemalloc
from typing import Any

import grpc
import numpy as np
import pytest

from server.embedded.classify import Classes, classification_result, classify
from server.embedded.errors import ServingError
from server.embedded.examples import MAX_REPEATED_BYTES, serialized_examples, with_context
from server.embedded.multi_inference import multi_inference
from server.embedded.observer import NobodyObserves
from server.embedded.regress import regress
from server.embedded.servable import Servable
from serving_protocol.messages import (
    Example,
    ExampleList,
    ExampleListWithContext,
    InferenceTask,
    Input,
    ModelSpec,
    MultiInferenceRequest,
)
from tests.support.fake_example_model import FakeExampleModel, example_signature

SERVABLE_NAME = "m"


def servable(model: FakeExampleModel) -> Servable:
    return Servable(SERVABLE_NAME, 7, model)


def of_size(size: int) -> Example:
    """An Example of one feature that holds `size` bytes."""
    example = Example()
    example.features.feature["f"].bytes_list.value.append(b"a" * size)
    return example


def test_tensorflow_takes_the_example_s_value_before_the_context_s() -> None:
    import tensorflow as tf

    context, own = Example(), Example()
    context.features.feature["a"].float_list.value.append(1)
    context.features.feature["b"].float_list.value.append(2)
    own.features.feature["b"].float_list.value.append(3)
    rows = serialized_examples(
        Input(
            example_list_with_context=ExampleListWithContext(
                context=context, examples=[own, Example()]
            )
        )
    )
    scalar = tf.io.FixedLenFeature([], tf.float32)
    parsed = tf.io.parse_example(rows.tolist(), {"a": scalar, "b": scalar})
    assert parsed["a"].numpy().tolist() == [1, 1]
    assert parsed["b"].numpy().tolist() == [3, 2]


def test_a_context_that_would_be_repeated_without_bound_is_refused_before_it_is() -> None:
    context, examples = of_size(1_000_000), [Example()] * 1000
    message = Input(
        example_list_with_context=ExampleListWithContext(context=context, examples=examples)
    )
    tracemalloc.start()
    try:
        with pytest.raises(ServingError, match="send fewer examples at a time") as raised:
            serialized_examples(message)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert peak_bytes < 5_000_000


def test_examples_that_were_sent_are_not_bounded() -> None:
    context = b"c" * (MAX_REPEATED_BYTES + 1)
    assert len(with_context(context, [b"one"])[0]) == len(context) + 3
    assert with_context(b"", [b""] * 100_000).shape == (100_000,)


def test_a_label_that_is_no_text_is_refused_where_the_message_has_no_place_for_it() -> None:
    classes = Classes(np.array([[b"caf\xe9"]], object), np.ones((1, 1), np.float32))
    with pytest.raises(ServingError, match="which is not UTF-8; Predict gives it") as raised:
        classification_result(classes)
    assert raised.value.code == grpc.StatusCode.INTERNAL


def test_scores_of_the_tensor_that_gives_the_classes_are_passed_over() -> None:
    model = FakeExampleModel()
    model.signatures["classes"].outputs["scores"].name = "classes:0"
    _, classes = classify(servable(model), "classes", lambda: with_context(b"", [b"abc"]))
    assert classes.labels.tolist() == [[b"3"]]
    assert classes.scores.tolist() == [[0]]


@pytest.mark.parametrize(
    ("call", "name", "message"),
    [
        (
            classify,
            "sizes",
            "Expected classification signature method_name to be tensorflow/serving/classify. "
            "Was: tensorflow/serving/regress",
        ),
        (
            regress,
            "classes",
            "Expected regression signature method_name to be tensorflow/serving/regress. "
            "Was: tensorflow/serving/classify",
        ),
    ],
)
def test_a_signature_of_another_method_is_refused_where_that_is_checked(
    call: Any, name: str, message: str
) -> None:
    with pytest.raises(ServingError) as raised:
        call(servable(FakeExampleModel()), name, lambda: None, check_method_name=True)
    assert (raised.value.code, raised.value.message) == (grpc.StatusCode.INVALID_ARGUMENT, message)


def test_a_signature_of_any_method_will_do_where_it_is_not_checked() -> None:
    model = FakeExampleModel()
    model.signatures["sizes"].method_name = "tensorflow/serving/predict"
    name, values = regress(servable(model), "sizes", lambda: with_context(b"", [b"abc", b""]))
    assert (name, values.tolist()) == ("sizes", [3, 0])


def test_the_default_signature_is_serving_default() -> None:
    model = FakeExampleModel()
    model.signatures = {"serving_default": example_signature("regress", "outputs")}
    name, _ = regress(servable(model), "", lambda: with_context(b"", [b"abc"]))
    assert name == "serving_default"


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (example_signature("classify"), "Expected one or two output Tensors, found 0"),
        (
            example_signature("classify", "classes", "scores", "outputs"),
            "Expected one or two output Tensors, found 3",
        ),
    ],
)
def test_a_classification_has_one_or_two_outputs(signature: Any, message: str) -> None:
    model = FakeExampleModel()
    model.signatures = {"serving_default": signature}
    with pytest.raises(ServingError, match=message):
        classify(servable(model), "", lambda: with_context(b"", [b""]))


def test_a_signature_of_several_inputs_takes_no_examples() -> None:
    model = FakeExampleModel()
    for name in model.signatures:
        model.signatures[name].inputs["more"].dtype = 7
    for call, name in ((classify, "classes"), (regress, "sizes")):
        with pytest.raises(ServingError, match=r"Expected one input Tensor\."):
            call(servable(model), name, lambda: with_context(b"", [b""]))


def test_all_tasks_of_a_request_are_one_run_and_observed_as_one() -> None:
    seen: list[tuple[str, str]] = []

    class Observer(NobodyObserves):
        def run_finished(
            self, model_name: str, engine: str, duration_s: float, api: Any = "Predict"
        ) -> None:
            seen.append((model_name, api))

        def examples_computed(self, model_name: str, count: int) -> None:
            seen.append((model_name, str(count)))

    model = FakeExampleModel()
    request = MultiInferenceRequest(
        tasks=[
            InferenceTask(
                model_spec=ModelSpec(name=SERVABLE_NAME, signature_name=name),
                method_name=f"tensorflow/serving/{method}",
            )
            for name, method in (("classes", "classify"), ("sizes", "regress"))
        ],
        input=Input(example_list=ExampleList(examples=[Example(), of_size(10)])),
    )
    size = of_size(10).ByteSize()
    response = multi_inference(servable(model), request, observer=Observer())
    assert model.runs == [["classes", "sizes"]]
    assert seen == [(SERVABLE_NAME, "MultiInference"), (SERVABLE_NAME, "2")]
    labels = [
        each.classes[0].label for each in response.results[0].classification_result.classifications
    ]
    assert labels == ["0", str(size)]
    assert [each.value for each in response.results[1].regression_result.regressions] == [0, size]
