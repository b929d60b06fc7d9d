"""Protobuf text files whose message types no Python package has.

TensorFlow's pip packages leave out the descriptors of the monitoring, batching and SSL
configuration, so the fields are declared here by name and kind, and protobuf's own parser reads
the text.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message import Message

logger = logging.getLogger(__name__)

AnyMessage = TypeVar("AnyMessage", bound=Message)

_KINDS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "string": FieldDescriptorProto.TYPE_STRING,
}

# field -> kind; `repeated KIND` for lists, the name of another of the messages for one inside.
Fields = Mapping[str, str]


class ConfigFileError(ValueError):
    """A configuration file cannot be read, or does not say what such a file says."""


def message_class(name: str, messages: Mapping[str, Fields]) -> type[Message]:
    """The class of `name`, one of `messages`, each given by its fields."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", syntax="proto3")
    for message_name, fields in messages.items():
        message = file.message_type.add(name=message_name)
        for number, (field_name, kind) in enumerate(fields.items(), start=1):
            element = kind.removeprefix("repeated ")
            field = message.field.add(name=field_name, number=number)
            field.label = (
                FieldDescriptorProto.LABEL_OPTIONAL
                if element == kind
                else FieldDescriptorProto.LABEL_REPEATED
            )
            if element in _KINDS:
                field.type = _KINDS[element]
            else:
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = f".{element}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def read_text_file(path: Path, message: AnyMessage) -> AnyMessage:
    """Fill `message` from the text file and return it.

    Raises:
        ConfigFileError: the file cannot be read, or its text is not such a message's.
    """
    try:
        text_format.Parse(path.read_text(encoding="utf-8"), message)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFileError(f"{path} cannot be read: {error}") from error
    except text_format.ParseError as error:
        # As protobuf itself logs it in `tensorflow_model_server`; scripts look for it on stderr.
        name = message.DESCRIPTOR.full_name
        logger.error("Error parsing text-format %s: %s", name, error)  # noqa: TRY400  (no traceback)
        raise ConfigFileError(f"Invalid protobuf file: '{path}': {error}") from error
    return message


def wrapped(message: Any, field: str, default: Any) -> Any:
    """The `value` inside a wrapper field such as `Int64Value`; `default` where it is not set."""
    return getattr(message, field).value if message.HasField(field) else default
