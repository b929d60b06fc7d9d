"""A body that comes after its head: answered once, counted once, timed as a whole."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving

PER_MINUTE = 3
KEY = "a-key"
FORM = b"--b\r\nContent-Disposition: form-data; name="


@pytest.fixture(scope="module")
def limited(fake: FakeModelServer) -> Iterator[GatewayProcess]:
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
            LOG_FORMAT="json",
            API_KEY=KEY,
            RATE_LIMIT_PER_MINUTE=str(PER_MINUTE),
        ) as running,
    ):
        yield running


def asked_in_two_steps(gateway: GatewayProcess, head: bytes, body: bytes) -> bytes:
    """The answer to a request whose body comes when the gateway has long asked for it."""
    length = f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\n" + head + length.encode()
        )
        if not (first := connection.recv(65536)).startswith(b"HTTP/1.1 100"):
            return first
        # Each takes longer than a thread waits for a body.
        with gateway.client() as client:
            for _ in range(30):
                assert client.get("/healthz").status_code == 200
        for index in range(len(body)):
            connection.sendall(body[index : index + 1])
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer


def test_a_body_that_comes_later_is_counted_and_answered_once(
    limited: GatewayProcess, fake: FakeModelServer, png: bytes
) -> None:
    before = len(fake.requests)
    head = b"X-API-Key: a-key\r\nContent-Type: image/png\r\n"
    form = FORM + b'"api_key"\r\n\r\na-key\r\n' + FORM + b'"image"; filename="a"\r\n\r\n' + png
    page = b"Accept: text/html\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    asked = [(head, png), (page, form + b"\r\n--b--\r\n"), (head, png), (head, png), (head, png)]
    answers = [asked_in_two_steps(limited, *each) for each in asked]
    statuses = [each[9:12] for each in answers]
    assert statuses == [b"200", b"200", b"200", b"429", b"429"], answers
    assert b"<!doctype html>" in answers[1].lower()
    assert len(fake.requests) - before == 3
    lines = [json.loads(line) for line in limited.log_text().splitlines() if line[:1] == "{"]
    answered = [each for each in lines if each.get("path") == "/predict"]
    assert len(answered) == 5
    # Receiving is most of it, and part of the whole.
    for each in answered[:3]:
        assert 5 < each["receive_ms"] < each["total_ms"]
    with limited.client() as client:
        metrics = client.get("/metrics").text
    assert 'boxwright_requests_total{method="POST",route="/predict",status="200"} 3.0' in metrics
