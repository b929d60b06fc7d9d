"""What becomes of messages that quote whatever a request holds."""

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded.errors import MAX_MESSAGE_BYTES, ServingError

CUT = "...TRUNCATED"


def said(message: str) -> str:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message).message


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("händer".encode(), "händer"),
        (b"\xff\xd8\xff\xe0", r"\xff\xd8\xff\xe0"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
        (b"a\0b\n", "a\0b\n"),
    ],
)
def test_bytes_that_are_no_text_are_escaped(data: bytes, text: str) -> None:
    assert said(data.decode("utf-8", "surrogateescape")) == text


@given(st.binary(max_size=5000))
def test_any_bytes_can_be_quoted(data: bytes) -> None:
    message = said(data.decode("utf-8", "surrogateescape"))
    assert len(message.encode()) <= MAX_MESSAGE_BYTES + len(CUT)


@given(st.text(st.characters(categories=["Cs", "L", "Zs"]), max_size=2000))
def test_any_text_can_be_sent(text: str) -> None:
    assert len(said(text).encode()) <= MAX_MESSAGE_BYTES + len(CUT)


def test_a_long_message_is_cut_between_characters() -> None:
    message = said("a" + "é" * MAX_MESSAGE_BYTES)
    assert message == "a" + "é" * (MAX_MESSAGE_BYTES // 2 - 1) + CUT
