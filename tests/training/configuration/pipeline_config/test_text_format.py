from typing import Any

import pytest
from google.protobuf import descriptor_pb2, text_format
from google.protobuf.message import Message

from training.configuration.errors import ConfigurationError
from training.configuration.pipeline_config.text_format import Field, Word, parse_text_format


def as_protobuf_has_it(message: Message) -> list[tuple[str, Any]]:
    """The fields that are set, as protobuf's own reflection walks them."""
    found: list[tuple[str, Any]] = []
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                found.append((field.name, as_protobuf_has_it(each)))
            elif field.enum_type is not None:
                found.append((field.name, field.enum_type.values_by_number[each].name))
            else:
                found.append((field.name, each))
    return found


def as_we_have_it(fields: list[Field]) -> list[tuple[str, Any]]:
    return [
        (each.name, as_we_have_it(each.value) if isinstance(each.value, list) else each.value)
        for each in fields
    ]


@pytest.mark.parametrize("one_line", [False, True])
def test_what_protobuf_writes_is_read_as_protobuf_has_it(one_line: bool) -> None:
    message = descriptor_pb2.FileDescriptorProto()
    descriptor_pb2.DESCRIPTOR.CopyToProto(message)
    text = text_format.MessageToString(message, as_one_line=one_line)
    assert len(text) > 10_000
    assert as_we_have_it(parse_text_format(text, "file")) == as_protobuf_has_it(message)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 'it''s' \"\\x41\\102\\n\"", "itsAB\n"),
        ("a: -1.5e-3", -0.0015),
        ("a: .5f", 0.5),
        ("a: 0x1F", 31),
        ("a: - 3", -3),
        ("a: True", True),
        ("a: RELU_6", Word("RELU_6")),
        ("a: -inf", float("-inf")),
    ],
)
def test_a_scalar(text: str, value: object) -> None:
    [field] = parse_text_format(text, "file")
    assert (field.value, type(field.value)) == (value, type(value))


def test_both_brackets_separators_comments_and_extensions() -> None:
    text = "a < b: 1; c { } > # end }\n[type.of/any] { d: [2, 3] }, e [{f: 4}, {}]"
    assert as_we_have_it(parse_text_format(text, "file")) == [
        ("a", [("b", 1), ("c", [])]), ("[type.of/any]", [("d", 2), ("d", 3)]),
        ("e", [("f", 4)]), ("e", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a {\n  b: 1\n", "file, line 2: } is missing at the end"),
        ("a: 1\nb 2", "file, line 2: b is followed by neither : nor {"),
        ("a: }", "file, line 1: a value was expected, not '}'"),
        ("a: [1 2]", "file, line 1: , or ] was expected, not '2'"),
        ("}", "file, line 1: a field's name was expected, not '}'"),
        ("a: 'open\n", 'file, line 1: "\'open" is no text format of protobuf'),
        ("a", "file, line 1: a has no value"),
        ("a:", "file, line 1: a has no value"),
        ("a: 12abc", "file, line 1: '12abc' is no text format of protobuf"),
        ("a {" * 200, "file, line 1: messages are nested more than 100 deep"),
    ],
)
def test_what_is_none_names_the_line(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_text_format(text, "file")
    assert str(raised.value) == reason
