"""Classify: from examples to classes, each with a label, a score or both.

Order of checks, codes and messages are those of TensorFlow Serving's
`servables/tensorflow/classifier.cc`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import grpc
import numpy as np
from google.protobuf import text_format

from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from server.embedded.example_inference import (
    EXAMPLES_INPUT,
    dtype_name,
    find_signature,
    invalid,
    run_on_examples,
    shape_text,
)
from server.embedded.observer import RequestObserver
from server.embedded.servable import Servable
from serving_protocol.messages import ClassificationResult, SignatureDef

METHOD_NAME = "tensorflow/serving/classify"
LABELS_OUTPUT = "classes"
SCORES_OUTPUT = "scores"


@dataclass(frozen=True)
class Classes:
    """The classes of each example.

    Attributes:
        labels: (N, C) of objects holding bytes; empty where the model gives none.
        scores: (N, C) float32; 0 where the model gives none.
    """

    labels: Array
    scores: Array


def classify(
    servable: Servable,
    signature_name: str,
    examples: Callable[[], Array],
    *,
    check_method_name: bool = False,
    observer: RequestObserver | None = None,
) -> tuple[str, Classes]:
    """The classes of examples.

    Args:
        servable: held by the caller.
        signature_name: empty for the default one.
        examples: gives the serialized examples, (N,) of objects; called when the signature was
            checked.
        check_method_name: refuse signatures of other methods.
        observer: is told how long the model took.

    Returns:
        The name of the signature, and the classes.

    Raises:
        ServingError: INVALID_ARGUMENT, the signature or what it computes is none of a
            classification; else what `examples` or the model raised.
    """
    name, signature = find_signature(servable.model, signature_name)
    outputs = classification_outputs(signature, check_method_name=check_method_name)
    rows = examples()
    arrays = run_on_examples(servable, {name: outputs}, rows, "Classify", observer)
    return name, read_classes(signature, arrays[name], len(rows))


def classification_outputs(signature: SignatureDef, *, check_method_name: bool) -> list[str]:
    """The outputs of a classification that a signature has: `classes`, `scores` or both.

    Raises:
        ServingError: INVALID_ARGUMENT, it is no signature for classification.
    """
    if check_method_name and signature.method_name != METHOD_NAME:
        raise invalid(
            f"Expected classification signature method_name to be {METHOD_NAME}. "
            f"Was: {signature.method_name}"
        )
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if len(signature.outputs) not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    if EXAMPLES_INPUT not in signature.inputs:
        raise invalid(
            "No classification inputs found in SignatureDef: "
            f"{text_format.MessageToString(signature)}"
        )
    outputs = [alias for alias in (LABELS_OUTPUT, SCORES_OUTPUT) if alias in signature.outputs]
    if not outputs:
        raise invalid(
            "Expected classification signature outputs to contain at least one of "
            f'"{LABELS_OUTPUT}" or "{SCORES_OUTPUT}". Signature was: '
            f"{text_format.MessageToString(signature)}"
        )
    return outputs


def read_classes(signature: SignatureDef, arrays: Mapping[str, Array], count: int) -> Classes:
    """What a classification's outputs say of `count` examples.

    Raises:
        ServingError: INVALID_ARGUMENT, a shape or dtype is none of a classification.
    """
    labels, scores = arrays.get(LABELS_OUTPUT), arrays.get(SCORES_OUTPUT)
    if labels is not None:
        _check(LABELS_OUTPUT, labels, "DT_STRING", count)
    if scores is not None and _is_tensor_of_its_own(signature):
        _check(SCORES_OUTPUT, scores, "DT_FLOAT", count)
    if labels is None:
        if scores is None:
            raise AssertionError("a classification has at least one of its outputs")
        return Classes(np.full(scores.shape, b"", object), scores)
    if scores is None or not _is_tensor_of_its_own(signature):
        return Classes(labels, np.zeros(labels.shape, np.float32))
    if labels.shape[1] != scores.shape[1]:
        raise invalid(
            "Tensors class and score should match in dim_size(1). Got "
            f"{labels.shape[1]} vs. {scores.shape[1]}"
        )
    return Classes(labels, scores)


def classification_result(classes: Classes) -> ClassificationResult:
    """The message of a response.

    Raises:
        ServingError: INTERNAL, a label is no text, and the message has no place for other bytes.
    """
    result = ClassificationResult()
    for labels, scores in zip(classes.labels.tolist(), classes.scores.tolist(), strict=True):
        add = result.classifications.add().classes.add
        for label, score in zip(labels, scores, strict=True):
            try:
                add(label=label.decode(), score=score)
            except UnicodeDecodeError as error:
                raise ServingError(
                    grpc.StatusCode.INTERNAL,
                    f"the model gives the label {label!r}, which is not UTF-8; Predict gives it as "
                    "bytes",
                ) from error
    return result


def _is_tensor_of_its_own(signature: SignatureDef) -> bool:
    """Whether `scores` is another tensor than `classes`, which TensorFlow Serving takes first."""
    outputs = signature.outputs
    return (
        LABELS_OUTPUT not in outputs or outputs[LABELS_OUTPUT].name != outputs[SCORES_OUTPUT].name
    )


def _check(what: str, array: Array, dtype: str, count: int) -> None:
    if array.ndim != 2:
        raise invalid(
            f"Expected Tensor shape: [batch_size num_classes] but got {shape_text(array)}"
        )
    if dtype_name(array) != dtype:
        raise invalid(f"Expected {what} Tensor of {dtype}. Got: {dtype_name(array)}")
    if array.shape[0] != count:
        raise invalid(f"Expected {what} output batch size of {count}. Got: {array.shape[0]}")
