"""More uploads at once than there is memory for: nothing goes to a disk, and nobody is lost."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.client_api.conftest import image_file
from tests.client_api.web_server.asking import PNG
from tests.support.attackers import Tally, slow_senders, statuses_of
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving
from tests.support.waiting import wait_until

MAX_BYTES = 1_000_000
# Writing more than this into one file ends a process: SIGXFSZ.
NO_FILE_OF_A_BODY = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400000, 400000))"
POST = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
UPLOADERS = 30


@pytest.fixture(scope="module")
def small(fake: FakeModelServer) -> Iterator[GatewayProcess]:
    """One with room for ten of the largest bodies, that can write no file as large as one."""
    with (
        serving(fake) as port,
        running_gateway(
            launcher=NO_FILE_OF_A_BODY,
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
            MAX_REQUEST_BYTES=str(MAX_BYTES),
            MAX_UPLOAD_MEMORY_BYTES=str(10 * MAX_BYTES),
        ) as running,
    ):
        yield running


def test_uploads_whose_last_byte_never_comes_give_way(small: GatewayProcess) -> None:
    [worker] = small.workers()
    image = image_file("BMP", (500, 600))
    before = worker.memory_info().rss
    length = MAX_BYTES - 1000
    start = POST + f"Content-Length: {length}\r\n\r\n".encode() + bytes(length - 100)
    tally = Tally()
    with slow_senders(small.port, [start] * UPLOADERS) as connections, small.client() as client:

        def is_answered() -> bool:
            answer = tally.count(lambda: client.post("/predict", content=image, headers=PNG))
            return answer is not None and answer.status_code == 200

        wait_until(is_answered, "who sends a body is answered", 30)
        lines = [each for each in statuses_of(connections, 0.1) if each]
    # With Retry-After, until those who have stalled are given up.
    assert (tally.right, tally.lost) == (1, 0), str(tally)
    assert set(tally.refused) <= {503}, str(tally)
    assert lines, "some of them have been given up"
    assert {each[:12] for each in lines} <= {b"HTTP/1.1 408", b"HTTP/1.1 503"}
    assert small.workers() == [worker]
    assert worker.memory_info().rss - before < 30e6


def test_more_uploads_than_there_is_room_for_are_answered_or_refused(
    small: GatewayProcess,
) -> None:
    image = image_file("BMP", (500, 600))
    head = POST + f"Content-Length: {len(image)}\r\nConnection: close\r\n\r\n".encode()
    tally: dict[bytes, int] = {}
    with contextlib.ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(("127.0.0.1", small.port), timeout=60))
            for _ in range(UPLOADERS)
        ]
        for part in (head + image[:-100], image[-100:]):
            for connection in connections:
                with contextlib.suppress(OSError):
                    connection.sendall(part)
        for connection in connections:
            status = connection.recv(65536)[9:12]
            tally[status] = tally.get(status, 0) + 1
    assert sum(tally.values()) == UPLOADERS
    assert set(tally) <= {b"200", b"408", b"503"}, f"of {UPLOADERS}, with b'' for lost: {tally}"
    assert tally[b"200"] >= 8


def test_room_comes_back_whatever_became_of_the_body(small: GatewayProcess) -> None:
    length = MAX_BYTES - 1000
    for sent in (0, 1, 70_000, length - 1):
        for head in (f"Content-Length: {length}", "Transfer-Encoding: chunked"):
            start = POST + head.encode() + b"\r\n\r\n" + b"F0000\r\n" * (head[0] == "T")
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", small.port), timeout=60) as left:
                    left.sendall(start + bytes(sent))
    image = image_file("BMP", (500, 600))
    with small.client() as client:

        def is_answered() -> bool:
            return client.post("/predict", content=image, headers=PNG).status_code == 200

        wait_until(is_answered, "those who have left are noticed", 30)
        for _ in range(8):
            assert client.post("/predict", content=image, headers=PNG).status_code == 200


@pytest.mark.parametrize("chunk", [b"1\r\nx\r\n", b"1;of=" + b"e" * 500 + b"\r\nx\r\n"])
def test_a_body_in_tiny_chunks_is_refused(small: GatewayProcess, chunk: bytes) -> None:
    body = chunk * (900_000 // len(chunk)) + b"0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", small.port), timeout=60) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        answer = b""
        while data := connection.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"send it in larger ones, of 64 bytes at least" in answer


def test_what_is_left_of_a_refused_body_is_no_request(small: GatewayProcess) -> None:
    inner = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    many = inner * (900_000 // len(inner))
    tiny = b"1\r\nx\r\n" * 30_000
    refused = {
        b"HTTP/1.1 400": b"Transfer-Encoding: chunked\r\n\r\n" + tiny + many,
        b"HTTP/1.1 413": b"Content-Length: 1000001\r\n\r\n" + many,
        b"HTTP/1.1 415": b"Content-Type: text/plain\r\nContent-Length: 999999\r\n\r\n" + many,
    }
    for status, body in refused.items():
        head = POST.replace(b"Content-Type: image/png\r\n", b"") if b"-Type" in body else POST
        with socket.create_connection(("127.0.0.1", small.port), timeout=60) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(head + body)
            answer = b""
            while data := connection.recv(65536):
                answer += data
        assert answer.startswith(status), answer
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"\r\nConnection: close\r\n" in answer


@pytest.mark.parametrize(
    "sizes", [b"-1\r\n", b"0x10\r\n", b"1_0\r\n", b"0\r\n" + b"A: b\r\n" * 20_000]
)
def test_a_malformed_size_is_refused_at_once(small: GatewayProcess, sizes: bytes) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(head + sizes)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
