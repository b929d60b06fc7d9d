"""Bodies that are too long, too short, or no HTTP at all, over a real socket."""

import json
import socket

import pytest

from tests.client_api.web_server.asking import PNG, raw_answer
from tests.support.gateway_process import GatewayProcess


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_a_413_that_the_client_gets_to_read(
    gateway: GatewayProcess, chunked: bool
) -> None:
    size = 30_000_000
    body = iter([bytes(100_000)] * (size // 100_000)) if chunked else bytes(size)
    with gateway.client() as client:
        for path in ("/predict", "/models/nobody/predict"):
            answer = client.post(path, content=body, headers=PNG)
            assert answer.status_code == 413
            assert answer.headers["Content-Type"] == "application/problem+json"
            body = iter([bytes(100_000)] * (size // 100_000)) if chunked else bytes(size)
        # The connection is as good as before, or a new one.
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("beyond", "status"), [(0, 415), (1, 413)])
def test_a_body_as_long_as_the_limit_is_taken(
    gateway: GatewayProcess, chunked: bool, beyond: int, status: int
) -> None:
    size = 2_000_000 + beyond
    with gateway.client() as client:
        body = iter([bytes(size)]) if chunked else bytes(size)
        assert client.post("/predict", content=body, headers=PNG).status_code == status
        head, tail = b'{"image": {"b64": "', b'"}}'
        text = head + b"A" * (size - len(head) - len(tail)) + tail
        body = iter([text]) if chunked else text
        headers = {"Content-Type": "application/json"}
        answer = client.post("/predict", content=body, headers=headers)
        assert answer.status_code in ({413} if beyond else {400, 415})


def test_a_client_that_closes_after_each_request_gets_to_read_a_413_too(
    gateway: GatewayProcess,
) -> None:
    answer = raw_answer(
        gateway,
        b"POST /predict HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: image/png\r\n"
        b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000),
    )
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


def test_an_answer_that_leaves_a_body_unread_says_that_the_connection_ends(
    gateway: GatewayProcess,
) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
    answer = raw_answer(gateway, head + b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_body_that_is_refused_by_its_head_is_not_asked_for(gateway: GatewayProcess) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        b"Expect: 100-continue\r\nContent-Length: "
    )
    answer = raw_answer(gateway, head + b"3000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"\r\nConnection: close\r\n" in answer


def test_a_body_that_is_wanted_is_asked_for_once(gateway: GatewayProcess, png: bytes) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: "
    )
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(head + f"{len(png)}\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(png)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"100 Continue" not in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", 431),
        (
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: bogus\r\n\r\n", 501),
    ],
    ids=["nonsense", "version", "long line", "many headers", "long header", "chunk", "coding"],
)
def test_what_is_no_http_is_a_problem_too(
    gateway: GatewayProcess, request_bytes: bytes, status: int
) -> None:
    answer = raw_answer(gateway, request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == status


def test_a_body_that_ends_early_is_a_400(gateway: GatewayProcess) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
            b"Content-Length: 100\r\n\r\nabc"
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
