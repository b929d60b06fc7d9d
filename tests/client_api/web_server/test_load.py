"""More predictions than there is room for, a model server that hangs, and slow clients."""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.client_api.web_server.asking import predict
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess
from tests.support.waiting import wait_until

# Well below the time that a slow client may take, for which a thread would be held.
AT_ONCE_S = 8


def test_a_model_server_that_hangs_is_a_504_and_holds_nothing_else_up(
    gateway: GatewayProcess, fake: FakeModelServer, png: bytes
) -> None:
    def ask_for_pages() -> None:
        with gateway.client() as client:
            for path in ("/healthz", "/", "/limits", "/metrics", "/docs"):
                assert client.get(path).status_code == 200

    # What a page costs its first visitor has nothing to do with predictions.
    ask_for_pages()
    wait_until(lambda: fake.running == 0, "nothing runs")
    before = len(fake.requests)
    fake.gate.clear()
    try:
        with ThreadPoolExecutor(16) as pool:
            waiting = [pool.submit(predict, gateway, png) for _ in range(16)]
            wait_until(lambda: fake.running == 2, "both slots are taken")
            ask_for_pages()
            hanging = [each for each in waiting if not each.done()]
            assert len(hanging) >= 2, "the pages did not wait for the two predictions that hang"
            answers = [each.result() for each in waiting]
    finally:
        fake.gate.set()
    statuses = [each.status_code for each in answers]
    assert set(statuses) == {503, 504}
    # On a slow machine one may come so late that it gets the place of one that was given up.
    assert statuses.count(504) == len(fake.requests) - before >= 2
    for answer in answers:
        assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
        assert answer.json()["request_id"]
    assert predict(gateway, png).status_code == 200


def test_no_more_predictions_run_at_once_than_are_allowed_over_all_workers(
    gateway: GatewayProcess, fake: FakeModelServer, png: bytes
) -> None:
    wait_until(lambda: fake.running == 0, "nothing runs")
    fake.most_running = 0
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: predict(gateway, png), range(60)))
    assert {each.status_code for each in answers} <= {200, 503}
    assert 1 <= fake.most_running <= 2


def test_slow_clients_hold_no_thread_while_their_heads_arrive(gateway: GatewayProcess) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Slow: "
    assert any(answers_at_once_beside(gateway, head) for _ in range(3))


def test_slow_bodies_leave_threads_for_everything_else(gateway: GatewayProcess, png: bytes) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        b"Content-Length: 1000\r\n\r\nabc"
    )
    assert any(answers_at_once_beside(gateway, head) for _ in range(3))
    wait_until(lambda: predict(gateway, png).status_code == 200, "predictions are taken again")


def answers_at_once_beside(gateway: GatewayProcess, begun: bytes) -> bool:
    """Whether the gateway answers while 120 clients have begun a request and send no more.

    Clients that held its threads would do so each time; a machine that is held up is not always.
    """
    with slow_clients(gateway, begun), gateway.client() as client:
        try:
            answers = [client.get("/healthz", timeout=AT_ONCE_S) for _ in range(10)]
        except httpx.TimeoutException:
            return False
    assert {each.status_code for each in answers} == {200}
    return True


@contextlib.contextmanager
def slow_clients(gateway: GatewayProcess, begun: bytes) -> Iterator[None]:
    with contextlib.ExitStack() as opened:
        for _ in range(120):
            connection = socket.create_connection(("127.0.0.1", gateway.port))
            opened.enter_context(connection).sendall(begun)
        yield
