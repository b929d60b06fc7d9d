"""Clients as slow as they can be, in each direction, and who else is answered meanwhile."""

import contextlib
import select
import socket
from collections.abc import Iterator

import pytest

from tests.client_api.conftest import image_file
from tests.client_api.web_server.asking import PNG
from tests.support.attackers import Tally, slow_readers, slow_senders, statuses_of
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving
from tests.support.waiting import wait_until

SENDERS = 500
READERS = 300
HONEST = 20
# More than twice the threads of a worker.
KEPT = 150
# Well below what a thread would be held for.
AT_ONCE_S = 8
KEY = "a-key-of-the-test"

POST = b"POST /predict HTTP/1.1\r\nHost: localhost\r\n"
BODIES = {
    "with a length": POST + b"Content-Type: image/png\r\nContent-Length: 100000\r\n\r\nab",
    "in chunks": POST + b"Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\na",
    "asked for": POST
    + b"Content-Type: image/png\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n",
    "of the page's form, without the key that is needed": POST
    + b"Accept: text/html\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: 100000\r\n\r\n--b\r\n",
    "of DeepStack's, without the key that is needed": POST.replace(
        b"/predict", b"/v1/vision/detection"
    )
    + b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\n",
}


@pytest.fixture(scope="module")
def keyed(fake: FakeModelServer) -> Iterator[GatewayProcess]:
    """One with one worker, two slots, and a key."""
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
            MAX_CONCURRENT_PREDICTIONS="2",
            API_KEY=KEY,
        ) as running,
    ):
        yield running


def honest_clients(gateway: GatewayProcess, png: bytes) -> Tally:
    """Predictions and probes, one after the other, as if nobody else were there."""
    tally = Tally()
    headers = PNG | {"X-API-Key": KEY}
    with gateway.client(timeout=AT_ONCE_S) as client:
        for _ in range(HONEST):
            tally.count(lambda: client.post("/predict", content=png, headers=headers))
            tally.count(lambda: client.get("/readyz"))
    return tally


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_of_a_byte_a_second_hold_nobody_up(
    keyed: GatewayProcess, png: bytes, kind: str
) -> None:
    start = BODIES[kind]
    if "key" not in kind:
        start = start.replace(b"Host:", b"X-API-Key: " + KEY.encode() + b"\r\nHost:")
    with slow_senders(keyed.port, [start] * SENDERS) as connections:
        tally = honest_clients(keyed, png)
        lines = statuses_of(connections, 0.1)
    assert str(tally) == f"sent {2 * HONEST}, answered right {2 * HONEST}, refused 0, lost 0"
    # They are waited for, and were not refused.
    assert {each for each in lines if each} <= {b"HTTP/1.1 100 Continue"}


def test_who_reads_a_byte_a_second_of_large_files_holds_nobody_up(
    keyed: GatewayProcess, png: bytes
) -> None:
    get = b"GET /static/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with slow_readers(keyed.port, get * 10, READERS) as connections:
        wait_until(lambda: len(select.select(connections, [], [], 1)[0]) == READERS, "all read")
        tally = honest_clients(keyed, png)
    assert str(tally) == f"sent {2 * HONEST}, answered right {2 * HONEST}, refused 0, lost 0"


def test_who_reads_a_byte_a_second_of_large_images_holds_nobody_up(
    keyed: GatewayProcess, png: bytes
) -> None:
    image = image_file("PNG", (1500, 1500))
    request = (
        POST
        + f"X-API-Key: {KEY}\r\nContent-Type: image/png\r\nAccept: image/png\r\n"
        f"Content-Length: {len(image)}\r\n\r\n".encode()
        + image
    )
    with slow_readers(keyed.port, request, KEPT) as connections:
        wait_until(lambda: len(select.select(connections, [], [], 1)[0]) == KEPT, "all read")
        tally = honest_clients(keyed, png)
    assert str(tally) == f"sent {2 * HONEST}, answered right {2 * HONEST}, refused 0, lost 0"


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_a_kept_client_that_begins_a_request_and_stops_holds_no_thread(
    keyed: GatewayProcess, png: bytes, is_pipelined: bool
) -> None:
    first, second = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /healthz HTT"
    with contextlib.ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(("127.0.0.1", keyed.port), timeout=30))
            for _ in range(KEPT)
        ]
        if is_pipelined:
            for connection in connections:
                connection.sendall(first + second)
        else:
            for connection in connections:
                connection.sendall(first)
            for connection in connections:
                assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            for connection in connections:
                connection.sendall(second)
        tally = honest_clients(keyed, png)
    assert str(tally) == f"sent {2 * HONEST}, answered right {2 * HONEST}, refused 0, lost 0"


def test_a_refused_client_that_sends_for_ever_is_ended(gateway: GatewayProcess) -> None:
    head = POST + b"Content-Type: image/png\r\nContent-Length: 1000000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        connection.sendall(head)
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")

        def is_ended() -> bool:
            try:
                connection.send(b"x")
            except OSError:
                return True
            return False

        wait_until(is_ended, "the connection is ended", 20)


def test_pipelined_predictions_are_answered_in_their_order(
    gateway: GatewayProcess, png: bytes
) -> None:
    def request(number: int) -> bytes:
        head = (
            f"X-Request-ID: {number}\r\nContent-Type: image/png\r\nContent-Length: {len(png)}\r\n"
        )
        return POST + head.encode() + b"\r\n" + png

    everything = b"".join(map(request, range(20)))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=30) as connection:
        # The last byte comes when all but one have been answered.
        connection.sendall(everything[:-1])
        answer = b""
        while answer.count(b'"request_id"') < 19:
            answer += connection.recv(65536)
        connection.sendall(everything[-1:])
        while answer.count(b'"request_id"') < 20:
            answer += connection.recv(65536)
    ids = [each.partition(b"\r\n")[0] for each in answer.split(b"X-Request-ID: ")[1:]]
    assert ids == [str(number).encode() for number in range(20)]
    assert answer.count(b"HTTP/1.1 200 OK") == 20
