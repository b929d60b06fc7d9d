"""The Object Detection API's `StringIntLabelMap`, as a protobuf message class.

Source: object_detection/protos/string_int_label_map.proto (field names, numbers and types).
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "object_detection.protos"
_Field = descriptor_pb2.FieldDescriptorProto


def _field(
    name: str, number: int, kind: "_Field.Type.ValueType", *, many: bool = False, of: str = ""
) -> descriptor_pb2.FieldDescriptorProto:
    return _Field(
        name=name,
        number=number,
        type=kind,
        label=_Field.LABEL_REPEATED if many else _Field.LABEL_OPTIONAL,
        type_name=f".{_PACKAGE}.{of}" if of else None,
    )


def _file() -> descriptor_pb2.FileDescriptorProto:
    keypoint = descriptor_pb2.DescriptorProto(
        name="KeypointMapItem",
        field=[_field("id", 1, _Field.TYPE_INT32), _field("label", 2, _Field.TYPE_STRING)],
    )
    item = descriptor_pb2.DescriptorProto(
        name="StringIntLabelMapItem",
        nested_type=[keypoint],
        field=[
            _field("name", 1, _Field.TYPE_STRING),
            _field("id", 2, _Field.TYPE_INT32),
            _field("display_name", 3, _Field.TYPE_STRING),
            _field(
                "keypoints",
                4,
                _Field.TYPE_MESSAGE,
                many=True,
                of="StringIntLabelMapItem.KeypointMapItem",
            ),
            _field("ancestor_ids", 5, _Field.TYPE_INT32, many=True),
            _field("descendant_ids", 6, _Field.TYPE_INT32, many=True),
            _field("frequency", 7, _Field.TYPE_ENUM, of="LVISFrequency"),
            _field("instance_count", 8, _Field.TYPE_INT32),
        ],
    )
    label_map = descriptor_pb2.DescriptorProto(
        name="StringIntLabelMap",
        field=[_field("item", 1, _Field.TYPE_MESSAGE, many=True, of="StringIntLabelMapItem")],
    )
    frequency = descriptor_pb2.EnumDescriptorProto(
        name="LVISFrequency",
        value=[
            descriptor_pb2.EnumValueDescriptorProto(name=name, number=number)
            for number, name in enumerate(("UNSPECIFIED", "FREQUENT", "COMMON", "RARE"))
        ],
    )
    return descriptor_pb2.FileDescriptorProto(
        name="object_detection/protos/string_int_label_map.proto",
        package=_PACKAGE,
        syntax="proto2",
        message_type=[item, label_map],
        enum_type=[frequency],
    )


def string_int_label_map() -> Any:
    """A new, empty `StringIntLabelMap`.

    Its descriptor lies in a pool of its own, so that the Object Detection API's may be loaded too.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    descriptor = pool.FindMessageTypeByName(f"{_PACKAGE}.StringIntLabelMap")
    return message_factory.GetMessageClass(descriptor)()
