"""How many predictions a caller may ask for in a minute."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from client_api.errors import TooManyRequests
from client_api.limits.caller_counts import QUOTAS_TABLE, ROW_PLACES, ROWS, CallerCounts
from client_api.limits.rate_limit import RateLimit, caller_at
from tests.client_api.conftest import NewClient
from tests.client_api.web_server.asking import predict
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(limit: RateLimit, caller: str, attempts: int) -> int:
    """How many of so many predictions the caller may ask for."""
    count = 0
    for _ in range(attempts):
        try:
            limit.count(caller)
            count += 1
        except TooManyRequests:
            continue
    return count


def test_each_caller_has_its_own_quota_and_no_more(clock: Clock) -> None:
    limit = RateLimit(3, clock=clock)
    assert taken(limit, "10.0.0.1", 5) == 3
    assert taken(limit, "10.0.0.2", 5) == 3


def test_the_error_says_when_to_ask_again_and_then_all_may_be_asked(clock: Clock) -> None:
    limit = RateLimit(2, clock=clock)
    assert taken(limit, "a", 2) == 2
    clock.now_s += 18.5
    with pytest.raises(TooManyRequests, match="the limit of 2 predictions a minute") as refused:
        limit.count("a")
    assert refused.value.retry_after_s == 42
    clock.now_s += 42
    assert taken(limit, "a", 5) == 2


def test_a_refused_prediction_does_not_put_the_end_off(clock: Clock) -> None:
    limit = RateLimit(1, clock=clock)
    for _ in range(59):
        taken(limit, "a", 1)
        clock.now_s += 1
    clock.now_s += 1
    assert taken(limit, "a", 1) == 1


def test_two_processes_share_a_table(tmp_path: Path, clock: Clock) -> None:
    # Each opens the file by itself, as workers do.
    path = tmp_path / QUOTAS_TABLE
    CallerCounts.prepare(path)
    first, second = RateLimit(4, path, clock), RateLimit(4, path, clock)
    assert taken(first, "a", 3) == 3
    assert taken(second, "a", 3) == 1
    assert taken(first, "a", 1) == 0
    assert taken(second, "b", 5) == 4


def test_many_at_once_get_what_they_may_and_no_more(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / QUOTAS_TABLE
    CallerCounts.prepare(path)
    workers = [RateLimit(50, path, clock) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        counts = pool.map(lambda index: taken(workers[index % 4], "a", 20), range(8))
    assert sum(counts) == 50


def test_the_table_stays_as_small_as_it_is(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / QUOTAS_TABLE
    CallerCounts.prepare(path)
    size = path.stat().st_size
    limit = RateLimit(3, path, clock)
    assert taken(limit, "busy", 3) == 3
    for number in range(2 * ROWS * ROW_PLACES):
        limit.count(f"other {number}")
    # Who asked for most is forgotten last.
    assert taken(limit, "busy", 1) == 0
    assert path.stat().st_size == size < 300_000


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("", ""),
    ],
)
def test_a_network_of_one_household_is_one_caller(address: str, caller: str) -> None:
    assert caller_at(address) == caller


def test_over_its_rate_a_caller_gets_a_429_and_everything_else(
    new_client: NewClient, png: bytes
) -> None:
    client = new_client(rate_limit_per_minute=2)
    statuses = Counter(
        client.post("/predict", data=png, content_type="image/png").status_code for _ in range(5)
    )
    assert statuses == {200: 2, 429: 3}
    refused = client.post("/models/hands/predict", data=png, content_type="image/png")
    assert refused.content_type == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.get_json()["title"] == "Too Many Requests"
    assert client.get("/models").status_code == 200
    other = {"REMOTE_ADDR": "192.0.2.7"}
    answer = client.post("/predict", data=png, content_type="image/png", environ_base=other)
    assert answer.status_code == 200


def test_nobody_gets_more_by_saying_that_it_is_somebody_else(
    new_client: NewClient, png: bytes
) -> None:
    client = new_client(rate_limit_per_minute=1)
    statuses = []
    for number in range(3):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-API-Key": str(number)}
        answer = client.post("/predict", data=png, content_type="image/png", headers=headers)
        statuses.append(answer.status_code)
    assert statuses == [200, 429, 429]


def test_the_key_has_one_quota_wherever_it_comes_from(new_client: NewClient, png: bytes) -> None:
    client = new_client(rate_limit_per_minute=1, api_key="right")

    def ask(key: str, address: str) -> int:
        return client.post(
            "/predict",
            data=png,
            content_type="image/png",
            headers={"X-API-Key": key},
            environ_base={"REMOTE_ADDR": address},
        ).status_code

    # Who has a wrong key uses nothing up.
    assert [ask("wrong", "192.0.2.1") for _ in range(3)] == [401, 401, 401]
    assert ask("right", "192.0.2.1") == 200
    assert ask("right", "192.0.2.2") == 429


def test_worker_processes_count_together(png: bytes) -> None:
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="3",
            RATE_LIMIT_PER_MINUTE="7",
        ) as gateway,
    ):
        # A connection each, so that several workers answer.
        statuses = Counter(predict(gateway, png).status_code for _ in range(20))
    assert statuses == {200: 7, 429: 13}


def answered_after_a_late_body(gateway: GatewayProcess, head: str, body: bytes) -> bytes:
    """The status line of a request whose body comes when others have been answered meanwhile."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        with gateway.client() as client:
            for _ in range(20):
                assert client.get("/healthz").status_code == 200
        connection.sendall(body)
        return connection.recv(65536).partition(b"\r\n")[0]


def test_a_request_whose_body_is_waited_for_counts_once(png: bytes) -> None:
    start = "HTTP/1.1\r\nHost: localhost\r\n"
    of_image = f"POST /predict {start}X-API-Key: right\r\nContent-Type: image/png\r\n"
    of_form = f"POST /v1/vision/detection {start}Content-Type: multipart/form-data; boundary=b\r\n"
    # Its key comes with the body, and so it counts when that is there.
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    form = part % (b"api_key", b"", b"right") + part % (b"image", b'; filename="a.png"', png)
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            API_KEY="right",
            RATE_LIMIT_PER_MINUTE="2",
        ) as gateway,
    ):
        assert b" 200 " in answered_after_a_late_body(gateway, of_image, png)
        assert b" 200 " in answered_after_a_late_body(gateway, of_form, form + b"--b--\r\n")
        assert b" 429 " in answered_after_a_late_body(gateway, of_image, png)
        assert b" 429 " in answered_after_a_late_body(gateway, of_form, form + b"--b--\r\n")
