"""Bodies that cost more than they should: refused before that, in a few times their memory."""

import tracemalloc
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

BYTES = 1_500_000
FORM = "multipart/form-data; boundary=b"
JSON = "application/json"
IMAGE = b'{"image": {"b64": "'
PART = b"--b\r\nContent-Disposition: form-data; name="


def filled(begin: bytes, unit: bytes, end: bytes) -> bytes:
    """`unit` as often as there is room for it, with a beginning and an end."""
    return begin + unit * ((BYTES - len(begin) - len(end)) // len(unit)) + end


# Name -> content type, body, and what the answer says.
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty lists": (JSON, filled(b'{"a": [', b"[],", b"[]]}"), "more than 100000 values"),
    "lists in lists": (JSON, filled(b"", b"[", b""), "more than 100000 values"),
    "objects in objects": (JSON, filled(b"", b'{"a":', b""), "more than 100000 values"),
    "deep enough": (JSON, b'{"a":' * 30_000, "nested too deeply"),
    "texts": (JSON, filled(b"[", b'"a",', b"1]"), "more than 100000 values"),
    "numbers": (JSON, filled(b"[", b"1,", b"1]"), "more than 100000 values"),
    "one key again and again": (JSON, filled(b"{", b'"a":1,', b'"a":1}'), "100000 values"),
    "a few of one key": (JSON, b'{"a":1,"a":2}', "comes twice in one object"),
    "a long number": (JSON, filled(b'{"image": ', b"1", b"}"), "not a number"),
    "a long fraction": (JSON, filled(b'{"image": 0.', b"1", b"e999}"), "not a number"),
    "an open text": (JSON, filled(b'{"a": "', b"[,", b""), "does not parse"),
    "an open text of quotes": (JSON, filled(b'{"a": "', b'\\"', b""), "does not parse"),
    "blanks in base64": (JSON, filled(IMAGE, b"AAAA    ", b'"}}'), "not an image"),
    "line ends in base64": (JSON, filled(IMAGE, b"\\n", b'"}}'), "is empty"),
    "padding": (JSON, filled(IMAGE, b"=", b'"}}'), "more than two ="),
    "bytes as Python shows them": (JSON, filled(IMAGE + b"b'", b"A", b'"}}'), "no base64"),
    "an escaped data URL": (
        JSON,
        filled(IMAGE + b"data:image/png;base64,", b"%41", b'"}}'),
        "characters that base64 does not know",
    ),
    "one wide character": (
        JSON,
        filled(IMAGE, b"A", "\U0001f600".encode() + b'"}}'),
        "characters that base64 does not know",
    ),
    "a field's name": (FORM, filled(PART + b'"', b"a", b'"\r\n\r\nx\r\n--b--'), "8192 bytes"),
    "a file's name": (
        FORM,
        filled(PART + b'"image"; filename="', b'\\"', b'"\r\n\r\nx\r\n--b--'),
        "8192 bytes",
    ),
    "a file's escaped name": (
        FORM,
        filled(PART + b"\"image\"; filename*=UTF-8''", b"%41", b"\r\n\r\nx\r\n--b--"),
        "8192 bytes",
    ),
    "headers of a part": (
        FORM,
        filled(PART + b'"image"\r\n', b"A: b\r\n", b"\r\nx\r\n--b--"),
        "8192 bytes",
    ),
    "headers of parts": (
        FORM,
        filled(b"", PART + b'"image"\r\n' + b"A: b\r\n" * 1300 + b"\r\nx\r\n", b"--b--"),
        "500000 bytes",
    ),
    "parts": (FORM, filled(b"", PART + b'"a"\r\n\r\nx\r\n', b"--b--"), "2000 parts"),
    "parts without headers": (FORM, filled(b"", b"--b\r\n\r\nx\r\n", b"--b--"), "2000 parts"),
    "a beginning without a part": (FORM, filled(b"", b"\r\n--", b""), "has no line '--b'"),
    "a parameter": (
        FORM,
        filled(PART + b'"classes"\r\n\r\n', b"a,", b"\r\n--b--"),
        "at most 100000 are accepted in a parameter",
    ),
    "a number": (
        FORM,
        filled(PART + b'"score_threshold"\r\n\r\n', b"1", b"\r\n--b--"),
        "at most 100000 are accepted in a parameter",
    ),
    "what is nearly a boundary": (
        FORM,
        filled(PART + b'"image"; filename="a"\r\n\r\n', b"\r\n-", b"\r\n--b--"),
        "not an image",
    ),
    "fields of a form of another type": (
        "application/x-www-form-urlencoded",
        filled(b"", b"a=b&", b""),
        "Content-Type: ",
    ),
}


@pytest.fixture
def traced() -> Iterator[None]:
    """While Python counts what it allocates."""
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("traced")
def test_a_hostile_body_is_refused_in_memory_of_a_few_times_its_size(
    client: FlaskClient, name: str
) -> None:
    content_type, body, says = HOSTILE[name]
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    answer = client.post("/predict", data=body, content_type=content_type)
    _, peak = tracemalloc.get_traced_memory()
    assert answer.status_code in {400, 413, 415}
    assert says in answer.get_json()["detail"]
    # Beside the body and the client's copies of it; a text that is not ASCII is four times as long.
    assert peak - before < 12 * BYTES


def test_a_thousand_images_are_not_too_many_values(client: FlaskClient) -> None:
    answer = client.post("/predict", json={"images": [{"b64": "QUJD" * 20}] * 1000})
    assert "brings 1000 images" in answer.get_json()["detail"]


def test_brackets_and_quotes_in_a_label_map_are_no_values(client: FlaskClient) -> None:
    text = "".join(f'item {{ id: {n} name: "[{{,{n}" }}\n' for n in range(1, 9000))
    document = {"image": {"b64": "QUJD" * 20}, "label_map": text + "# [{,\n" * 60_000}
    assert "has an id 8999 (" in client.post("/predict", json=document).get_json()["detail"]
