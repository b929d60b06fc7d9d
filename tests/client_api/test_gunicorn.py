"""The gateway as it runs: gunicorn's processes, real sockets, a real gRPC server behind it."""

import json
import re
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from serving_protocol.client_errors import PredictionRefused
from tests.client_api.conftest import picture_file
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving
from tests.support.shared import shared
from tests.support.waiting import free_port, wait_until

PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def fake() -> FakeModelServer:
    return FakeModelServer()


@pytest.fixture(scope="module")
def gateway(fake: FakeModelServer) -> Iterator[GatewayProcess]:
    """One with two workers, two slots, small limits and a short deadline."""
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="2",
            MAX_CONCURRENT_PREDICTIONS="2",
            MAX_REQUEST_BYTES="2000000",
            PREDICT_TIMEOUT_S="3",
            LOG_FORMAT="json",
        ) as running,
    ):
        yield running


def predict(gateway: GatewayProcess, png: bytes, **headers: str) -> httpx.Response:
    with gateway.client() as client:
        return client.post("/predict", content=png, headers=PNG | headers)


def lines_of(gateway: GatewayProcess, request_id: str) -> list[dict[str, object]]:
    parsed = [json.loads(line) for line in gateway.log_text().splitlines()]
    return [each for each in parsed if each.get("request_id") == request_id]


def test_every_worker_answers_over_a_channel_of_its_own(
    gateway: GatewayProcess, fake: FakeModelServer, png: bytes
) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: predict(gateway, png), range(20)))
    assert {each.status_code for each in answers} == {200}


def test_a_request_has_one_line_in_the_log(gateway: GatewayProcess, png: bytes) -> None:
    predict(gateway, png, **{"X-Request-ID": "one-line"})
    wait_until(lambda: bool(lines_of(gateway, "one-line")), "the line is written")
    [line] = lines_of(gateway, "one-line")
    assert line["logger"] == "client_api.access"
    assert (line["method"], line["path"], line["status"]) == ("POST", "/predict", 200)
    assert (line["model"], line["version"]) == ("hands", 1)
    assert {"read_ms", "predict_ms", "total_ms"} <= set(line)


def test_metrics_add_up_over_the_workers(gateway: GatewayProcess, png: bytes) -> None:
    def pictures() -> float:
        with gateway.client() as client:
            text = client.get("/metrics").text
        found = re.search(r"^boxwright_pictures_total{.*} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0

    before = pictures()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: predict(gateway, png), range(12)))
    assert pictures() == before + 12
    with gateway.client() as client:
        text = client.get("/metrics").text
    assert 'boxwright_requests_total{method="POST",route="/predict",status="200"}' in text
    assert "boxwright_predictions_running 0.0" in text


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


def raw_answer(gateway: GatewayProcess, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


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


def test_a_model_server_that_hangs_is_a_504_and_holds_nothing_else_up(
    gateway: GatewayProcess, fake: FakeModelServer, png: bytes
) -> None:
    fake.gate.clear()
    try:
        with ThreadPoolExecutor(16) as pool:
            waiting = [pool.submit(predict, gateway, png) for _ in range(16)]
            wait_until(lambda: fake.running == 2, "both slots are taken")
            with gateway.client(http2=False) as client:
                for path in ("/healthz", "/", "/limits", "/metrics", "/docs"):
                    answer = client.get(path, timeout=1)
                    assert answer.status_code == 200
                    assert answer.elapsed.total_seconds() < 1
            answers = [each.result() for each in waiting]
    finally:
        fake.gate.set()
    statuses = [each.status_code for each in answers]
    assert set(statuses) == {503, 504}
    assert statuses.count(504) == 2
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
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(120)]
    try:
        for connection in slow:
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        with gateway.client() as client:
            for _ in range(10):
                assert client.get("/healthz", timeout=2).status_code == 200
    finally:
        for connection in slow:
            connection.close()


def test_slow_bodies_leave_threads_for_everything_else(gateway: GatewayProcess, png: bytes) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
        b"Content-Length: 1000\r\n\r\nabc"
    )
    slow = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(120)]
    try:
        for connection in slow:
            connection.sendall(head)
        with gateway.client() as client:
            for _ in range(10):
                assert client.get("/healthz", timeout=2).status_code == 200
    finally:
        for connection in slow:
            connection.close()
    wait_until(lambda: predict(gateway, png).status_code == 200, "predictions are taken again")


def test_the_model_server_away_is_a_503_until_it_is_back(png: bytes) -> None:
    port = free_port()
    with (
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}", MODEL_NAME="hands", GATEWAY_WORKERS="1"
        ) as gateway,
        gateway.client() as client,
    ):
        for _ in range(2):
            answer = predict(gateway, png)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "1"
            assert client.get("/readyz").status_code == 503
            with serving(FakeModelServer(), port):
                wait_until(
                    lambda: predict(gateway, png).status_code == 200, "it answers", timeout_s=2
                )
                assert client.get("/readyz").status_code == 200


def test_sigterm_answers_what_is_in_flight_and_leaves(png: bytes) -> None:
    fake = FakeModelServer()
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}", MODEL_NAME="hands", GATEWAY_WORKERS="1"
        ) as gateway,
        ThreadPoolExecutor(1) as pool,
        socket.create_connection(("127.0.0.1", gateway.port)),
    ):
        fake.gate.clear()
        in_flight = pool.submit(predict, gateway, png)
        wait_until(lambda: fake.running == 1, "the prediction runs")
        folders = list(gateway.log.parent.glob("boxwright-gateway-*"))
        assert len(folders) == 1
        gateway.process.send_signal(signal.SIGTERM)
        threading.Timer(0.5, fake.gate.set).start()
        assert in_flight.result().status_code == 200
        assert gateway.process.wait(15) == 0
        assert not folders[0].exists()
        assert "Traceback" not in gateway.log_text()


def test_a_worker_that_dies_gives_its_slots_back(png: bytes) -> None:
    fake = FakeModelServer()
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
            MAX_CONCURRENT_PREDICTIONS="1",
        ) as gateway,
        ThreadPoolExecutor(1) as pool,
    ):
        fake.gate.clear()
        lost = pool.submit(predict, gateway, png)
        wait_until(lambda: fake.running == 1, "the prediction runs")
        [worker] = gateway.workers()
        worker.kill()
        with pytest.raises(httpx.TransportError):
            lost.result()
        fake.gate.set()
        wait_until(lambda: answers_200(gateway, png), "another worker answers")


def answers_200(gateway: GatewayProcess, png: bytes) -> bool:
    try:
        return predict(gateway, png).status_code == 200
    except httpx.TransportError:
        return False


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "tensorflow_serving", "openvino"}:
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocked())
"""


def test_one_worker_stays_below_90_megabytes_with_tensorflow_blocked() -> None:
    photos = [path.read_bytes() for path in sorted(shared("images/hands").glob("*.jpg"))]
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            launcher=BLOCKED,
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
        ) as gateway,
        gateway.client() as client,
    ):
        accepted = ("application/json", "image/jpeg", "text/html", "image/png", "image/webp")
        for number in range(50):
            answer = client.post(
                "/predict",
                content=photos[number % len(photos)],
                headers={"Content-Type": "image/jpeg", "Accept": accepted[number % 5]},
            )
            assert answer.status_code == 200
        for path in ("/", "/docs", "/swagger.json", "/metrics", "/models", "/readyz"):
            assert client.get(path).status_code == 200
        [worker] = gateway.workers()
        resident_mb = psutil.Process(worker.pid).memory_info().rss / 1e6
    assert resident_mb < 90


# What the contract names for each; everything else in the folder is a picture and answers 200.
ODD = {
    "broken.png": 415,
    "broken_data_stream.png": 415,
    "truncated_image.png": 415,
    "truncated_jpeg.jpg": 415,
    "zero_width.gif": 415,
    # Its pixels are few; its text chunks unpack to far too much.
    "png_decompression_dos.png": 415,
    "decompression_bomb.gif": 413,
}


def odd_pictures() -> list[Path]:
    from tests.support.shared import SHARED

    folder = SHARED / "images" / "odd"
    return sorted(path for path in folder.glob("*.*")) if folder.is_dir() else []


@pytest.mark.parametrize("picture", odd_pictures(), ids=lambda path: path.name)
@pytest.mark.parametrize("way", ["raw", "form"])
def test_what_arrives_in_real_life_gets_the_answer_that_the_contract_names(
    gateway: GatewayProcess, picture: Path, way: str
) -> None:
    data = picture.read_bytes()
    with gateway.client() as client:
        if way == "raw":
            answer = client.post("/predict", content=data, headers={"Content-Type": "image/x"})
        else:
            answer = client.post("/predict", files={"image": ("a.jpg", data)})
        assert answer.status_code == ODD.get(picture.name, 200), answer.text
        for accept in ("image/jpeg", "text/html"):
            drawn = client.post(
                "/predict", content=data, headers={"Content-Type": "image/x", "Accept": accept}
            )
            assert drawn.status_code == answer.status_code
    for worker in gateway.workers():
        assert worker.memory_info().rss < 400e6


def test_pictures_are_never_larger_in_memory_than_their_headers_allow(
    gateway: GatewayProcess,
) -> None:
    # 9400x9400 with one bit each: 10.8 kB that Pillow decodes to 980 MB.
    bomb = picture_file("PNG", (1, 1))
    header = bytearray(bomb)
    header[16:24] = (9400).to_bytes(4, "big") * 2
    before = [worker.memory_info().rss for worker in gateway.workers()]
    with gateway.client() as client:
        for _ in range(10):
            answer = client.post("/predict", content=bytes(header), headers=PNG)
            assert answer.status_code in {413, 415}
    after = [worker.memory_info().rss for worker in gateway.workers()]
    assert max(b - a for a, b in zip(before, after, strict=True)) < 20e6


def test_a_refused_prediction_lets_go_of_its_pictures(
    gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    large = picture_file("JPEG", (5000, 4000))
    fake.failure = PredictionRefused("not today")
    try:
        with gateway.client() as client:
            for _ in range(6):
                answer = client.post("/predict", content=large, headers=PNG)
                assert answer.status_code == 502
    finally:
        fake.failure = None
    # Each holds 60 MB of pixels and as much of a request, in an exception's frames.
    assert max(worker.memory_info().rss for worker in gateway.workers()) < 120e6
