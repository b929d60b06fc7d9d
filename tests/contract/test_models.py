"""Status, metadata and health over gRPC."""

import grpc
import pytest

from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelStatusRequest,
    ModelSpec,
    SignatureDefMap,
)
from tests.contract.conftest import Contract
from tests.support.model_servers import SERVING


def test_the_status_lists_all_versions_highest_first(contract: Contract) -> None:
    request = GetModelStatusRequest(model_spec=ModelSpec(name="half_plus"))
    answer = contract.server.models.GetModelStatus(request, timeout=30)
    assert [status.version for status in answer.model_version_status] == [2, 1]
    assert contract.server.states("half_plus") == {2: "AVAILABLE", 1: "AVAILABLE"}
    assert all(status.HasField("status") for status in answer.model_version_status)


def test_the_status_of_one_version_can_be_asked(contract: Contract) -> None:
    spec = ModelSpec(name="half_plus", version={"value": 1})
    answer = contract.server.models.GetModelStatus(
        GetModelStatusRequest(model_spec=spec), timeout=30
    )
    assert [status.version for status in answer.model_version_status] == [1]


def test_a_label_in_a_status_request_is_ignored(contract: Contract) -> None:
    spec = ModelSpec(name="half_plus", version_label="nobody knows")
    answer = contract.server.models.GetModelStatus(
        GetModelStatusRequest(model_spec=spec), timeout=30
    )
    assert len(answer.model_version_status) == 2


def test_the_metadata_hold_every_signature_and_the_version(contract: Contract) -> None:
    request = GetModelMetadataRequest(
        model_spec=ModelSpec(name="sums"), metadata_field=["signature_def"]
    )
    answer = contract.server.predictions.GetModelMetadata(request, timeout=30)
    assert answer.model_spec == ModelSpec(name="sums", version={"value": 1})
    packed = answer.metadata["signature_def"]
    assert packed.type_url == "type.googleapis.com/tensorflow.serving.SignatureDefMap"
    signatures = SignatureDefMap.FromString(packed.value).signature_def
    assert sorted(signatures) == ["__saved_model_init_op", "only_sum", "serving_default"]
    default = signatures["serving_default"]
    assert sorted(default.inputs) == ["a", "b"]
    assert sorted(default.outputs) == ["difference", "sum"]
    assert [dim.size for dim in default.inputs["a"].tensor_shape.dim] == [-1, 2]
    assert default.method_name == "tensorflow/serving/predict"


@pytest.mark.parametrize("service", ["", "ModelService", "PredictionService"])
def test_the_health_service_says_that_it_serves(contract: Contract, service: str) -> None:
    assert contract.server.health(service) == SERVING


def test_the_health_service_does_not_know_other_services(contract: Contract) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        contract.server.health("nobody")
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
