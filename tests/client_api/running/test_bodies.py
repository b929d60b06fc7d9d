"""Bodies that are too long, too short, or no HTTP at all, over a real socket."""

import json
import socket

import pytest

from tests.client_api.running.asking import PNG, raw_answer
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
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
            b"Content-Length: 100\r\n\r\nabc"
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
