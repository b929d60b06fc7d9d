"""MultiInference: several classifications and regressions of the same examples, in one run.

Order of checks, codes and messages are those of TensorFlow Serving's
`servables/tensorflow/multi_inference.cc` and `multi_inference_helper.cc`.
"""

from collections.abc import Callable

import grpc

from server.embedded import classify, regress
from server.embedded.engines.engine import LoadedModel
from server.embedded.errors import ServingError
from server.embedded.example_inference import invalid, response_spec, run_on_examples
from server.embedded.examples import serialized_examples
from server.embedded.observer import NobodyObserves, RequestObserver
from server.embedded.predict import DEFAULT_SIGNATURE
from server.embedded.servable import Servable
from serving_protocol.messages import (
    InferenceResult,
    InferenceTask,
    ModelSpec,
    MultiInferenceRequest,
    MultiInferenceResponse,
    SignatureDef,
)

_OUTPUTS_OF: dict[str, Callable[..., list[str]]] = {
    classify.METHOD_NAME: classify.classification_outputs,
    regress.METHOD_NAME: regress.regression_outputs,
}


def model_of(request: MultiInferenceRequest) -> ModelSpec:
    """The model and version that all tasks use: those of the first task."""
    return request.tasks[0].model_spec if request.tasks else ModelSpec()


def multi_inference(
    servable: Servable,
    request: MultiInferenceRequest,
    *,
    check_method_name: bool = False,
    observer: RequestObserver | None = None,
) -> MultiInferenceResponse:
    """A result for each task, in the order of the tasks.

    Args:
        servable: the one that `model_of` chooses, held by the caller.
        request: its tasks name different signatures of one model.
        check_method_name: refuse signatures of other methods than their task's.
        observer: is told how long the model took.

    Raises:
        ServingError: UNIMPLEMENTED, a task is neither a classification nor a regression;
            INVALID_ARGUMENT, the tasks do not go together, or a signature or what it computes is
            not what its task says; else what the model raised.
    """
    outputs = _outputs_by_signature(servable.model, request, check_method_name)
    examples = serialized_examples(request.input)
    arrays = run_on_examples(servable, outputs, examples, "MultiInference", observer)
    (observer or NobodyObserves()).examples_computed(servable.name, len(examples))
    response = MultiInferenceResponse()
    for task in request.tasks:
        name = _signature_name(task)
        result = InferenceResult(model_spec=response_spec(servable, name))
        if task.method_name == classify.METHOD_NAME:
            signature = servable.model.signatures[name]
            classes = classify.read_classes(signature, arrays[name], len(examples))
            result.classification_result.CopyFrom(classify.classification_result(classes))
        else:
            values = regress.read_values(arrays[name], len(examples))
            result.regression_result.CopyFrom(regress.regression_result(values))
        response.results.append(result)
    return response


def _outputs_by_signature(
    model: LoadedModel, request: MultiInferenceRequest, check_method_name: bool
) -> dict[str, list[str]]:
    outputs: dict[str, list[str]] = {}
    for task in request.tasks:
        if not task.model_spec.name:
            raise invalid("Found ModelSpec with an empty model name.")
        if task.model_spec.name != request.tasks[0].model_spec.name:
            raise invalid(
                "All ModelSpecs in a MultiInferenceRequest must access the same model name."
            )
        name = _signature_name(task)
        if name in outputs:
            raise invalid(f"Duplicate evaluation of signature: {name}")
        if name not in model.signatures:
            raise invalid(f"Requested signature not found in model graph: {name}")
        outputs[name] = _outputs(task, model.signatures[name], check_method_name)
    return outputs


def _outputs(task: InferenceTask, signature: SignatureDef, check_method_name: bool) -> list[str]:
    if task.method_name not in _OUTPUTS_OF:
        raise ServingError(
            grpc.StatusCode.UNIMPLEMENTED,
            f"Unsupported signature method_name: {task.method_name}",
        )
    return _OUTPUTS_OF[task.method_name](signature, check_method_name=check_method_name)


def _signature_name(task: InferenceTask) -> str:
    return task.model_spec.signature_name or DEFAULT_SIGNATURE
