"""The official stubs and TensorFlow's own tensors, as most callers use them."""

import warnings
from typing import Any

import pytest

from tests.contract.conftest import SERVERS_WITH_STRINGS, Contract


@pytest.fixture(scope="module")
def tf() -> Any:
    import tensorflow

    return tensorflow


@pytest.fixture(scope="module")
def apis(tf: Any) -> Any:
    with warnings.catch_warnings():
        # The official package's generated code is older than the installed protobuf and gRPC.
        warnings.simplefilter("ignore")
        from tensorflow_serving import apis
        from tensorflow_serving.apis import (  # noqa: F401  (as attributes of `apis`)
            classification_pb2,
            get_model_metadata_pb2,
            get_model_status_pb2,
            inference_pb2,
            model_service_pb2_grpc,
            predict_pb2,
            prediction_service_pb2_grpc,
            regression_pb2,
        )
    return apis


def test_a_script_with_the_official_stubs_gets_its_prediction(
    contract: Contract, tf: Any, apis: Any
) -> None:
    stub = apis.prediction_service_pb2_grpc.PredictionServiceStub(contract.server.channel)
    request = apis.predict_pb2.PredictRequest()
    request.model_spec.name = "half_plus"
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([2.0, 4.0]))
    answer = stub.Predict(request, timeout=30)
    assert tf.make_ndarray(answer.outputs["y"]).tolist() == [4.0, 5.0]
    assert answer.model_spec.version.value == 2


def test_a_script_with_the_official_stubs_unpacks_the_metadata(
    contract: Contract, apis: Any
) -> None:
    stub = apis.prediction_service_pb2_grpc.PredictionServiceStub(contract.server.channel)
    request = apis.get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "half_plus"
    request.metadata_field.append("signature_def")
    answer = stub.GetModelMetadata(request, timeout=30)
    signatures = apis.get_model_metadata_pb2.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(signatures)
    assert list(signatures.signature_def["serving_default"].inputs) == ["x"]


def test_a_script_with_the_official_stubs_reads_the_status(contract: Contract, apis: Any) -> None:
    stub = apis.model_service_pb2_grpc.ModelServiceStub(contract.server.channel)
    request = apis.get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "half_plus"
    answer = stub.GetModelStatus(request, timeout=30)
    available = apis.get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert [status.state for status in answer.model_version_status] == [available, available]


@pytest.mark.parametrize("contract", SERVERS_WITH_STRINGS, indirect=True)
def test_a_script_with_the_official_stubs_classifies_and_regresses_examples(
    contract: Contract, tf: Any, apis: Any
) -> None:
    """As TensorFlow Serving's `tensorflow_model_server_test.py` asks its `half_plus_two`."""
    stub = apis.prediction_service_pb2_grpc.PredictionServiceStub(contract.server.channel)
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.extend([2.0])
    classification = apis.classification_pb2.ClassificationRequest()
    regression = apis.regression_pb2.RegressionRequest()
    both = apis.inference_pb2.MultiInferenceRequest()
    for request, signature in (
        (classification, "classify_x_to_y"),
        (regression, "regress_x_to_y"),
    ):
        request.model_spec.name = "examples"
        request.model_spec.signature_name = signature
        task = both.tasks.add(method_name=f"tensorflow/serving/{signature.partition('_')[0]}")
        task.model_spec.CopyFrom(request.model_spec)
    for request in (classification, regression, both):
        request.input.example_list.examples.append(example)
    classified = stub.Classify(classification, timeout=30).result
    assert classified.classifications[0].classes[0].score == 3.0
    regressed = stub.Regress(regression, timeout=30).result
    assert regressed.regressions[0].value == 3.0
    results = stub.MultiInference(both, timeout=30).results
    assert results[0].classification_result == classified
    assert results[1].regression_result == regressed
