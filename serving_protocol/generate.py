"""Take TensorFlow Serving's message descriptors over from the official package.

    python -m serving_protocol.generate        (make protocol)

Writes `serving_api.binpb`, the FileDescriptorSet of every message that the services and files of
TensorFlow Serving are made of, and `messages.pyi`, the same as types. Needs `tensorflow` and
`tensorflow-serving-api` (the `tensorflow` and `test` extras); nothing else of the project does.
"""

import importlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor
from google.protobuf.message import Message

from serving_protocol import messages

# The modules whose files, with all they import, make up the API.
ROOT_MODULES = (
    "tensorflow_serving.apis.prediction_service_pb2",
    "tensorflow_serving.apis.model_service_pb2",
    "tensorflow_serving.apis.prediction_log_pb2",
    "tensorflow_serving.config.model_server_config_pb2",
    "tensorflow.core.protobuf.saved_model_pb2",
    "tensorflow.core.protobuf.tensor_bundle_pb2",
)

HERE = Path(__file__).parent
DESCRIPTOR_SET = HERE / messages.DESCRIPTOR_SET_NAME

SCALAR_TYPES = {
    FieldDescriptor.TYPE_DOUBLE: "float",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "str",
    FieldDescriptor.TYPE_BYTES: "bytes",
}

HEADER = '''\
"""Types of `messages`, written by `python -m serving_protocol.generate`, not by hand."""

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any as _Untyped, Final

from google.protobuf.internal.containers import (
    RepeatedCompositeFieldContainer as _Messages,
    RepeatedScalarFieldContainer as _Scalars,
)
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message

DESCRIPTOR_SET_NAME: Final[str]
TOP_LEVEL_MESSAGES: Final[tuple[str, ...]]

def message_class(full_name: str) -> type[Message]: ...

DataType: EnumTypeWrapper
ModelVersionState: EnumTypeWrapper
'''


def in_import_order(roots: Iterable[FileDescriptor]) -> Iterator[FileDescriptor]:
    """Every file that `roots` need, each after the files that it imports."""
    seen: set[str] = set()

    def visit(file: FileDescriptor) -> Iterator[FileDescriptor]:
        if file.name not in seen:
            seen.add(file.name)
            for dependency in file.dependencies:
                yield from visit(dependency)
            yield file

    for root in roots:
        yield from visit(root)


def official_descriptor_set() -> descriptor_pb2.FileDescriptorSet:
    """The installed official packages' descriptors as one set, dependencies first."""
    roots = [importlib.import_module(name).DESCRIPTOR for name in ROOT_MODULES]
    descriptor_set = descriptor_pb2.FileDescriptorSet()
    for file in in_import_order(roots):
        file.CopyToProto(descriptor_set.file.add())
    return descriptor_set


def descriptor_of(message: type[Message]) -> Descriptor:
    """The descriptor of a message class, typed as the pure-Python one whatever the runtime."""
    return cast("Descriptor", message.DESCRIPTOR)


def attribute_of(message: Descriptor) -> str:
    """What code calls `message`: `PredictRequest`, or `SignatureDef.InputsEntry` when nested."""
    name = message.name
    while message.containing_type is not None:
        message = message.containing_type
        name = f"{message.name}.{name}"
    return name


def with_nested(message: Descriptor) -> Iterator[Descriptor]:
    """`message` and every message declared inside it."""
    yield message
    for nested in message.nested_types:
        yield from with_nested(nested)


def element_type(field: FieldDescriptor, typed: set[str]) -> str:
    """The annotation of one element of `field`; messages that are not in `typed` are untyped."""
    if field.message_type is None:
        return SCALAR_TYPES.get(field.type, "int")
    if field.message_type.full_name in typed:
        return attribute_of(field.message_type)
    return "_Untyped"


def annotations_of(field: FieldDescriptor, typed: set[str]) -> tuple[str, str]:
    """How `field` is annotated where it is read, and where the constructor takes it."""
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        key = element_type(message.fields_by_name["key"], typed)
        value = element_type(message.fields_by_name["value"], typed)
        return f"MutableMapping[{key}, {value}]", f"Mapping[{key}, {value}]"
    element = element_type(field, typed)
    if field.is_repeated:
        container = "_Scalars" if message is None else "_Messages"
        return f"{container}[{element}]", f"Iterable[{element}]"
    return element, element


def class_lines(message: Descriptor, typed: set[str], indent: str = "") -> Iterator[str]:
    """The stub of `message` and of those nested in it."""
    yield f"{indent}class {message.name}(Message):"
    inner = indent + "    "
    for nested in message.nested_types:
        if not nested.GetOptions().map_entry:
            yield from class_lines(nested, typed, inner)
    for enum in message.enum_types:
        yield from (f"{inner}{value.name}: Final[int]" for value in enum.values)
    fields = [(field.name, *annotations_of(field, typed)) for field in message.fields]
    for name, read, _ in fields:
        if message.fields_by_name[name].message_type is None and not read.startswith("_Scalars"):
            yield f"{inner}{name}: {read}"
        else:
            yield f"{inner}@property"
            yield f"{inner}def {name}(self) -> {read}: ..."
    arguments = ", ".join(f"{name}: {taken} | None = ..." for name, _, taken in fields)
    yield f"{inner}def __init__(self{', *, ' if arguments else ''}{arguments}) -> None: ..."


def stub_lines() -> Iterator[str]:
    """The text of `messages.pyi`, from the descriptor set that stands beside it."""
    top_level = [descriptor_of(messages.message_class(n)) for n in messages.TOP_LEVEL_MESSAGES]
    typed = {each.full_name for message in top_level for each in with_nested(message)}
    yield HEADER
    for message in top_level:
        yield from class_lines(message, typed)
        yield ""


def write_over(path: Path, content: bytes) -> None:
    """Replace `path` in one step, so that an interrupted run leaves the old file whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
        new.write(content)
    Path(new.name).chmod(0o644)
    Path(new.name).rename(path)


def main() -> None:
    """Write both generated files beside this one."""
    write_over(DESCRIPTOR_SET, official_descriptor_set().SerializeToString(deterministic=True))
    importlib.reload(messages)
    write_over(HERE / "messages.pyi", "\n".join(stub_lines()).encode())


if __name__ == "__main__":
    main()
