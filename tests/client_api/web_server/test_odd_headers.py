"""Headers that are none of HTTP's forms, to a running gateway: no 5xx, no trace in its log."""

import random
import socket

import pytest

from tests.support.gateway_process import GatewayProcess

NAMES = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection",
    "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Cookie", "Date",
    "Forwarded", "From", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Max-Forwards", "Origin", "Range", "Referer", "TE", "Trailer", "Upgrade",
    "User-Agent", "Via", "X-API-Key", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix",
    "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Request-ID",
)  # fmt: skip
VALUES = (
    "", "*", "image/*;q=", "image/png;q=nan", "a/b;q=1e999,,;", ';a="', "gzip;q=x, br", "Basic",
    "Basic ===", "Basic \xff", 'Digest a="', "Bearer \xff", "bytes=0-", "bytes=-1", "bytes=1-0",
    "bytes=0-0,2-3", "bytes=" + "9" * 40 + "-", "bytes=a-b", "bytes */5", "items=1-2", "0", "-1",
    "1.5", "9" * 30, "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 99999 99:99:99 GMT",
    "Thu, 01 Jan 0000 00:00:00 GMT", "Mon, 31 Feb 2020 25:61:61 +9999999", '"etag"', "W/", '"',
    '"a","b', "a=b; c", 'a="\\777"', 'a="\\', "=; =;;", "\xff=\xfe", "session=" + "x" * 4000,
    'for="[::1"; by=;;', "unknown,, ::1", "http, https,", "xx-" + "y" * 3000, "utf-8, \xff;q=0.3",
    "application/json; charset=utf-99", 'application/json; charset="', "multipart/form-data",
    'multipart/form-data; boundary="', "multipart/form-data; boundary=\xff", "image/", "/",
    "multipart/form-data; boundary*=utf-8''x%ff", "IMAGE/PNG;;;=", "+json", "websocket",
    "close, keep-alive", "http://[::1", "http://" + "a" * 70, "\t", "\x7f", "..", "a" * 64, "%ff",
)  # fmt: skip
TARGETS = (
    "GET /healthz", "GET /", "GET /models", "GET /models/hands/label_map", "GET /limits",
    "GET /metrics", "GET /readyz", "GET /docs", "GET /swagger.json", "GET /static/page/main.js",
    "HEAD /static/icon.svg", "POST /predict", "POST /v1/vision/detection", "OPTIONS /predict",
    "PUT /models", "GET /nothing",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_a_header_breaks_the_gateway(
    gateway: GatewayProcess, png: bytes, name: str
) -> None:
    chosen = random.Random(name)
    before = len(gateway.log_text())
    for value in chosen.sample(VALUES, 12):
        target = chosen.choice(TARGETS)
        body = png if target.startswith("POST") else b""
        usual = {"Host": "localhost", "Content-Type": "image/png", "Content-Length": str(len(body))}
        head = "".join(
            f"{each}: {said}\r\n"
            for each, said in {**usual, "Connection": "close", name: value}.items()
        )
        request = f"{target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body
        answer = answered(gateway, request)
        assert answer[:9] == b"HTTP/1.1 ", (target, value)
        assert answer[9:10] in b"234", (target, value, answer[:300])
    assert "Traceback" not in gateway.log_text()[before:]


def answered(gateway: GatewayProcess, request: bytes) -> bytes:
    """The answer's beginning. Nothing more is sent, so that nobody waits for the rest of a body."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)
