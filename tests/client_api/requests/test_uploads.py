"""Forms and JSON as cameras, scripts and browsers send them: read, or refused by what came."""

import base64
import gzip
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from client_api.requests.base64_text import decode_base64
from tests.client_api.conftest import image_file

PNG, JPEG = image_file("PNG"), image_file("JPEG")
FORM = "multipart/form-data; boundary=x"


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    lines = [f"Content-Disposition: {disposition}", *headers]
    return (
        b"--x\r\n"
        + "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        + (b"\r\n" + content + b"\r\n")
    )


def post(client: FlaskClient, *parts: bytes, content_type: str = FORM) -> Any:
    return client.post("/predict", data=b"".join(parts) + b"--x--\r\n", content_type=content_type)


IMAGE = 'form-data; name="image"'


@pytest.mark.parametrize(
    ("disposition", "headers"),
    [
        (IMAGE, ["Content-Type: image/jpeg"]),
        (IMAGE, ["Content-Type: image/png"]),
        (IMAGE, ["Content-Type: IMAGE/JPEG; q=1"]),
        (IMAGE, ["Content-Type: application/octet-stream"]),
        (IMAGE, []),
        (IMAGE, ["Content-Type: text/plain"]),
        (IMAGE, ["Content-Type: image/jpeg", "Content-Transfer-Encoding: binary"]),
        (f'{IMAGE}; filename="a.jpg"', []),
        (f'{IMAGE}; filename="a.jpg"', ["Content-Type: text/plain"]),
        (f'{IMAGE}; filename="a.jpg"', ["Content-Type: nonsense"]),
        (f'{IMAGE}; filename="a.jpg"', ["Content-Type: "]),
        (f'{IMAGE}; filename=""', ["Content-Type: image/jpeg"]),
        (f'{IMAGE}; filename="../../etc/passwd"', []),
        (f'{IMAGE}; filename="Stra\xdfe.jpg"', []),
        (f'{IMAGE}; filename="{"Straße".encode().decode("latin-1")}.jpg"', []),
        (f"{IMAGE}; filename*=UTF-8''Stra%C3%9Fe.jpg", []),
        ("form-data; name=image; filename=a.jpg", []),
        ("form-data;name=\"image\";filename=\"a;b.jpg\"", []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("image", [PNG, JPEG], ids=["png", "jpeg"])
def test_an_image_is_read_however_its_part_is_described(
    client: FlaskClient, image: bytes, disposition: str, headers: list[str]
) -> None:
    answer = post(client, part(disposition, image, *headers))
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["image"] == {"width": 64, "height": 32}


@pytest.mark.parametrize("coding", ["gzip", "Deflate", "br"])
def test_a_compressed_body_is_refused_by_its_coding(client: FlaskClient, coding: str) -> None:
    for data, content_type in ((gzip.compress(PNG), "image/png"), (b"{}", "application/json")):
        answer = client.post(
            "/predict", data=data, content_type=content_type, headers={"Content-Encoding": coding}
        )
        assert answer.status_code == 415
        assert f"Content-Encoding: {coding.lower()} is not supported" in answer.get_json()["detail"]


@pytest.mark.parametrize("coding", ["identity", "binary", "utf-8"])
def test_a_content_encoding_that_is_no_compression_is_passed_over(
    client: FlaskClient, coding: str
) -> None:
    headers = {"Content-Encoding": coding}
    answer = client.post("/predict", data=PNG, content_type="image/png", headers=headers)
    assert answer.status_code == 200


def test_several_parts_without_file_names_are_several_images(client: FlaskClient) -> None:
    image = part(IMAGE, JPEG, "Content-Type: image/jpeg")
    assert len(post(client, image, image).get_json()["results"]) == 2


@pytest.mark.parametrize(
    "content_type",
    ["Multipart/Form-Data; Boundary=x", 'multipart/form-data; charset=utf-8; boundary="x"',
     "MULTIPART/FORM-DATA;boundary=x;"],
)  # fmt: skip
def test_the_content_type_is_read_in_any_case(client: FlaskClient, content_type: str) -> None:
    answer = post(client, part(f'{IMAGE}; filename="a"', PNG), content_type=content_type)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"", FORM, "the form has no parts"),
        (b"--x--\r\n", FORM, "the form has no parts"),
        (b"--x--", FORM, "the form has no parts"),
        (b"\r\n--x--\r\n", FORM, "the form has no parts"),
        (b"--y\r\nabc\r\n--y--\r\n", FORM, "no line '--x'"),
        (JPEG, FORM, "no line '--x'"),
        (b"--x--\r\n", "multipart/form-data", "without a boundary"),
        (b"--x--\r\n", "multipart/form-data; boundary=", "without a boundary"),
        (b"--x--\r\n", 'multipart/form-data; boundary="\xe4"', "ASCII"),
        (b"--x\r\n", FORM, "in part 1"),
        (part(f'{IMAGE}; filename="a"', PNG), FORM, "in part 1"),
        (part(f'{IMAGE}; filename="a"', PNG) + b"--x\r\n", FORM, "in part 2"),
        (b"--x\r\nContent-Type: image/png\r\n\r\nabc\r\n--x--\r\n", FORM, "part without a name"),
        (part(IMAGE, base64.b64encode(PNG)) + b"--x--", FORM, "curl: -F image=@"),
        (part(IMAGE, b"https://example.com/a.jpg") + b"--x--", FORM, "curl: -F image=@"),
        (part(IMAGE, base64.b64encode(PNG), "Content-Type: image/png",
              "Content-Transfer-Encoding: base64") + b"--x--", FORM, "Content-Transfer-Encoding"),
        (part("form-data", PNG, "Content-Type: image/png") + b"--x--", FORM, "without a name"),
        (part('form-data; name="img"', PNG, "Content-Type: image/png") + b"--x--", FORM, "'img'"),
    ],
)  # fmt: skip
def test_what_is_no_form_with_an_image_is_a_400_that_says_what_it_is(
    client: FlaskClient, body: bytes, content_type: str, says: str
) -> None:
    answer = client.post("/predict", data=body, content_type=content_type)
    assert answer.status_code == 400
    assert says in answer.get_json()["detail"]


def test_an_empty_file_is_named(client: FlaskClient) -> None:
    answer = post(client, part(f'{IMAGE}; filename="a.jpg"', b""))
    assert answer.status_code == 415
    assert "empty file" in answer.get_json()["detail"]


LINES = base64.encodebytes(JPEG).decode()
TEXT = base64.b64encode(JPEG).decode()


@pytest.mark.parametrize(
    "encoded",
    [
        TEXT,
        TEXT.rstrip("="),
        base64.urlsafe_b64encode(JPEG).decode(),
        base64.urlsafe_b64encode(JPEG).decode().rstrip("="),
        LINES,
        f" {LINES}\r\n\t",
        "\n".join(TEXT[at : at + 64] for at in range(0, len(TEXT), 64)),
        f"data:image/jpeg;base64,{TEXT}",
        f"data:image/jpeg;base64,{TEXT.rstrip('=')}",
        f"DATA:IMAGE/JPEG;BASE64,{TEXT}",
        f"data:;base64,{TEXT}",
        f"data:image/jpeg;charset=utf-8;base64,{LINES}",
        f"data:image/jpeg;base64,{quote(TEXT, safe='')}",
    ],
)  # fmt: skip
def test_base64_is_read_as_people_have_it(client: FlaskClient, encoded: str) -> None:
    answer = client.post("/predict", json={"image": {"b64": encoded}})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("encoded", "says"),
    [
        (str(TEXT.encode()), "decode()"),
        (TEXT.rstrip("=") + "===", "more than two ="),
        ("photo.jpg", "image.b64 is no base64"),
        ("abc", "image.b64 is no base64"),
        ("https://example.com/a.jpg", "image.b64 is no base64"),
        ("data:image/jpeg," + TEXT, ";base64"),
        (TEXT[:41], "one more than whole bytes"),
        (TEXT[:40] + "=" + TEXT[40:], "image.b64 is no base64"),
        (TEXT[:40] + "\u00e4" + TEXT[41:], "does not know"),
        ("=" * 40, "image.b64 is no base64"),
    ],
)
def test_what_is_no_base64_says_why(client: FlaskClient, encoded: str, says: str) -> None:
    answer = client.post("/predict", json={"image": {"b64": encoded}})
    assert answer.status_code == 400
    assert says in answer.get_json()["detail"]


def test_base64_as_a_text_alone_is_told_the_form_that_is_expected(client: FlaskClient) -> None:
    for document, where in (({"image": TEXT}, "image"), ({"images": [TEXT]}, "images[0]")):
        answer = client.post("/predict", json=document)
        assert answer.status_code == 400
        assert f'{where}: {{"b64": "..."}} is expected, not a text' in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/json"),
        ("utf-8-sig", "application/json"),
        ("utf-8-sig", "application/json; charset=utf-8"),
        ("utf-16", "application/json; charset=utf-16"),
        ("utf-8", "Application/JSON;Charset=UTF-8"),
        ("utf-8", "application/vnd.camera+json"),
        ("utf-8", "application/json; charset=latin-1"),
    ],
)
def test_json_is_read_with_a_byte_order_mark_and_in_any_utf(
    client: FlaskClient, encoding: str, content_type: str
) -> None:
    body = f'{{"image": {{"b64": "{TEXT}"}}}}'.encode(encoding)
    assert client.post("/predict", data=body, content_type=content_type).status_code == 200


@given(data=st.binary(min_size=32, max_size=200), style=st.integers(0, 7), at=st.integers(1, 90))
def test_whatever_base64_is_made_of_bytes_gives_them_back(data: bytes, style: int, at: int) -> None:
    text = (base64.urlsafe_b64encode if style & 1 else base64.b64encode)(data).decode()
    text = text.rstrip("=") if style & 2 else text
    text = text[:at] + "\r\n" + text[at:]
    text = f"data:image/png;base64,{text}" if style & 4 else text
    assert decode_base64(text) == data
