"""Ours is TensorFlow Serving's API: every file, message, field, service and byte of it."""

from typing import Any

import pytest
from google.protobuf import descriptor_pb2

from serving_protocol import generate, messages
from serving_protocol.services import METHODS

Files = dict[str, descriptor_pb2.FileDescriptorProto]


@pytest.fixture(scope="module")
def ours() -> Files:
    data = generate.DESCRIPTOR_SET.read_bytes()
    return {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(data).file}


@pytest.fixture(scope="module")
def theirs(official: Any) -> Files:
    for module in ("apis.prediction_service_pb2_grpc", "apis.prediction_log_pb2"):
        official(module)
    return {file.name: file for file in generate.official_descriptor_set().file}


def test_every_file_is_equal_to_the_official_one(ours: Files, theirs: Files) -> None:
    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert len(ours) > 50


def fields(file: descriptor_pb2.FileDescriptorProto) -> dict[str, tuple[Any, ...]]:
    """Every field's number, type, label and type name, by its full name."""
    found: dict[str, tuple[Any, ...]] = {}

    def visit(scope: str, message: descriptor_pb2.DescriptorProto) -> None:
        for each in message.field:
            found[f"{scope}.{message.name}.{each.name}"] = (
                each.number, each.type, each.label, each.type_name, each.options.packed,
                each.proto3_optional, each.oneof_index if each.HasField("oneof_index") else None,
            )  # fmt: skip
        for nested in message.nested_type:
            visit(f"{scope}.{message.name}", nested)

    for message in file.message_type:
        visit(file.package, message)
    return found


def test_every_field_has_the_official_number_and_type(ours: Files, theirs: Files) -> None:
    count = 0
    for name, file in ours.items():
        assert fields(file) == fields(theirs[name])
        count += len(fields(file))
    assert count > 500


def test_services_have_the_official_methods_and_messages(theirs: Files) -> None:
    services = {
        f"{file.package}.{service.name}": {
            method.name: (method.input_type.lstrip("."), method.output_type.lstrip("."))
            for method in service.method
        }
        for file in theirs.values()
        for service in file.service
        # SessionService comes with prediction_log.proto; no model server serves it.
        if file.package == "tensorflow.serving" and service.name != "SessionService"
    }
    assert services == {
        service: {
            method: (request.DESCRIPTOR.full_name, response.DESCRIPTOR.full_name)
            for method, (request, response) in methods.items()
        }
        for service, methods in METHODS.items()
    }


def test_no_official_method_streams(theirs: Files) -> None:
    for file in theirs.values():
        for service in file.service:
            for method in service.method:
                assert (method.client_streaming, method.server_streaming) == (False, False)


def test_the_generated_files_are_up_to_date(official: Any) -> None:
    official("apis.prediction_service_pb2_grpc")
    written = generate.official_descriptor_set().SerializeToString(deterministic=True)
    assert generate.DESCRIPTOR_SET.read_bytes() == written
    stub = (generate.HERE / "messages.pyi").read_text()
    assert stub == "\n".join(generate.stub_lines())


def filled(message: Any, depth: int = 0) -> Any:
    """`message` with a value in every field, messages in messages down to a depth."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            if depth > 2:
                continue
            if field.message_type.GetOptions().map_entry:
                key = 3 if field.message_type.fields_by_name["key"].cpp_type < 7 else "key"
                value = field.message_type.fields_by_name["value"]
                if value.message_type is not None:
                    filled(getattr(message, field.name)[key], depth + 1)
                else:
                    getattr(message, field.name)[key] = value_of(value)
            elif field.is_repeated:
                filled(getattr(message, field.name).add(), depth + 1)
            else:
                getattr(message, field.name).SetInParent()
                filled(getattr(message, field.name), depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).extend([value_of(field)] * 2)
        else:
            setattr(message, field.name, value_of(field))
    return message


def value_of(field: Any) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return {field.TYPE_STRING: "Hände", field.TYPE_BYTES: b"\xff\0", field.TYPE_BOOL: True}.get(
        field.type, 3
    )


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("PredictRequest", "apis.predict_pb2"),
        ("PredictResponse", "apis.predict_pb2"),
        ("GetModelMetadataRequest", "apis.get_model_metadata_pb2"),
        ("GetModelMetadataResponse", "apis.get_model_metadata_pb2"),
        ("SignatureDefMap", "apis.get_model_metadata_pb2"),
        ("GetModelStatusRequest", "apis.get_model_status_pb2"),
        ("GetModelStatusResponse", "apis.get_model_status_pb2"),
        ("ReloadConfigRequest", "apis.model_management_pb2"),
        ("ReloadConfigResponse", "apis.model_management_pb2"),
        ("ModelServerConfig", "config.model_server_config_pb2"),
        ("PredictionLog", "apis.prediction_log_pb2"),
        ("ClassificationRequest", "apis.classification_pb2"),
        ("RegressionResponse", "apis.regression_pb2"),
        ("MultiInferenceRequest", "apis.inference_pb2"),
    ],
)
def test_a_message_with_every_field_set_crosses_over_and_back(
    official: Any, name: str, module: str
) -> None:
    ours_class = messages.message_class(f"tensorflow.serving.{name}")
    theirs_class = getattr(official(module), name)
    ours = filled(ours_class())
    theirs = theirs_class.FromString(ours.SerializeToString())
    assert str(theirs) == str(ours)
    assert theirs == filled(theirs_class())
    assert ours_class.FromString(theirs.SerializeToString()) == ours


def test_all_top_level_messages_are_attributes() -> None:
    for full_name in messages.TOP_LEVEL_MESSAGES:
        found = getattr(messages, full_name.rpartition(".")[2])
        assert found.DESCRIPTOR.full_name == full_name


def test_a_message_that_there_is_none_of_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="Nonsense"):
        messages.message_class("tensorflow.serving.Nonsense")
