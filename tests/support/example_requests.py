"""Requests of examples to the model of `tests.support.example_model`."""

from typing import Any

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


EMPTY = Input()
CONTEXT_ALONE = Input(example_list_with_context=ExampleListWithContext(context=example(x=1.0)))
