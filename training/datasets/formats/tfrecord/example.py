"""`tf.train.Example` without TensorFlow: lists of bytes, floats or integers by name.

Source: tensorflow/core/example/example.proto and feature.proto (field names, numbers and types).
The descriptors lie in a pool of their own, so that TensorFlow's may be loaded too.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

Values = Sequence[bytes] | Sequence[float] | Sequence[int]

_PACKAGE = "tensorflow"
_Field = descriptor_pb2.FieldDescriptorProto


def format_example(features: Mapping[str, Values]) -> bytes:
    """The message; each list is of one kind: bytes, floats or integers. Empty ones are left out."""
    message = _example_class()()
    for name in sorted(features):
        values = list(features[name])
        if not values:
            continue
        feature = message.features.feature[name]
        if isinstance(values[0], bytes):
            feature.bytes_list.value.extend(values)
        elif isinstance(values[0], float):
            feature.float_list.value.extend(values)
        else:
            feature.int64_list.value.extend(values)
    return bytes(message.SerializeToString(deterministic=True))


def parse_example(data: bytes) -> dict[str, Values]:
    """The features, each as a list.

    Raises:
        ValueError: the data is no `tf.train.Example`.
    """
    message = _example_class()()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise ValueError("the record is no tf.train.Example") from error
    return {name: _values(feature) for name, feature in message.features.feature.items()}


def _values(feature: Any) -> Values:
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


def _field(
    name: str, number: int, kind: "_Field.Type.ValueType", of: str = "", *, many: bool = False
) -> descriptor_pb2.FieldDescriptorProto:
    return _Field(
        name=name,
        number=number,
        type=kind,
        label=_Field.LABEL_REPEATED if many else _Field.LABEL_OPTIONAL,
        type_name=f".{_PACKAGE}.{of}" if of else None,
    )


def _list(name: str, kind: "_Field.Type.ValueType") -> descriptor_pb2.DescriptorProto:
    return descriptor_pb2.DescriptorProto(name=name, field=[_field("value", 1, kind, many=True)])


@cache
def _example_class() -> Any:
    message = _Field.TYPE_MESSAGE
    feature = descriptor_pb2.DescriptorProto(
        name="Feature",
        field=[
            _field("bytes_list", 1, message, "BytesList"),
            _field("float_list", 2, message, "FloatList"),
            _field("int64_list", 3, message, "Int64List"),
        ],
        oneof_decl=[descriptor_pb2.OneofDescriptorProto(name="kind")],
    )
    for each in feature.field:
        each.oneof_index = 0
    entry = descriptor_pb2.DescriptorProto(
        name="FeatureEntry",
        field=[_field("key", 1, _Field.TYPE_STRING), _field("value", 2, message, "Feature")],
        options=descriptor_pb2.MessageOptions(map_entry=True),
    )
    features = descriptor_pb2.DescriptorProto(
        name="Features",
        field=[_field("feature", 1, message, "Features.FeatureEntry", many=True)],
        nested_type=[entry],
    )
    example = descriptor_pb2.DescriptorProto(
        name="Example", field=[_field("features", 1, message, "Features")]
    )
    file = descriptor_pb2.FileDescriptorProto(
        name="tensorflow/core/example/example.proto",
        package=_PACKAGE,
        syntax="proto3",
        message_type=[
            _list("BytesList", _Field.TYPE_BYTES), _list("FloatList", _Field.TYPE_FLOAT),
            _list("Int64List", _Field.TYPE_INT64), feature, features, example,
        ],
    )  # fmt: skip
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))
