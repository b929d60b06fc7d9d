"""Every fault of a model server, seen by a caller of the gateway: status, time, leaks, recovery."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import grpc
import numpy as np
import pytest
from flask import Flask

from client_api.app import create_app
from client_api.settings import Settings
from serving_protocol.client import GrpcModelServer
from serving_protocol.testing import behaviors, detector
from serving_protocol.testing.behaviors import Behavior, answering, failing
from serving_protocol.testing.fake_model_server import FakeModelServer
from tests.support.waiting import wait_until

DEADLINE_S = 1.0
MARGIN_S = 0.5
LARGE_BYTES = 6_000_000
TRIES = 5

FAULTS: list[tuple[str, Behavior, int]] = [
    ("slow", behaviors.slow(0.2), 200),
    ("too slow", behaviors.slow(60), 504),
    ("hangs", behaviors.hangs, 504),
    ("dies", behaviors.dies, 503),
    ("UNAVAILABLE", failing(grpc.StatusCode.UNAVAILABLE), 503),
    ("RESOURCE_EXHAUSTED", failing(grpc.StatusCode.RESOURCE_EXHAUSTED), 503),
    ("INTERNAL", failing(grpc.StatusCode.INTERNAL), 502),
    ("DATA_LOSS", failing(grpc.StatusCode.DATA_LOSS), 502),
    ("garbage", behaviors.garbage, 502),
    ("NaN scores", answering(behaviors.nan_scores), 502),
    ("NaN boxes", answering(behaviors.nan_boxes), 502),
    ("wrong shapes", answering(behaviors.wrong_shapes), 502),
    ("wrong types", answering(behaviors.wrong_types), 502),
    ("no scores", answering(behaviors.missing_outputs), 502),
    ("more than 4 MB", answering(behaviors.large(LARGE_BYTES)), 200),
    ("another version", behaviors.switches_version, 200),
]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer("hands") as running:
        yield running


@pytest.fixture(scope="module")
def gateway(server: FakeModelServer) -> Iterator[Flask]:
    with closing(GrpcModelServer([server.address])) as client:
        settings = Settings(model_name="hands", models_dir=None, predict_timeout_s=DEADLINE_S)
        yield create_app(settings, client)


@pytest.fixture(autouse=True)
def _well(server: FakeModelServer) -> Iterator[None]:
    yield
    server.behavior = behaviors.answers
    server.start()


def ask(gateway: Flask, png: bytes) -> tuple[int, float]:
    """Status and seconds."""
    start_s = time.monotonic()
    answer = gateway.test_client().post("/predict", data=png, content_type="image/png")
    return answer.status_code, time.monotonic() - start_s


def wait_for_more(server: FakeModelServer, count: int) -> None:
    reached = server.asked + count
    wait_until(lambda: server.asked >= reached, f"{count} more requests come")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    ("behavior", "status"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_has_its_status_in_time_leaks_nothing_and_is_over_within_a_second(
    server: FakeModelServer, gateway: Flask, png: bytes, behavior: Behavior, status: int
) -> None:
    assert ask(gateway, png)[0] == 200
    before = open_files()
    in_time, recovered = [], []
    for _ in range(TRIES):
        server.behavior = behavior
        came, took_s = ask(gateway, png)
        assert came == status
        in_time.append(took_s < DEADLINE_S + MARGIN_S)
        server.behavior = behaviors.answers
        server.start()
        well_again_s = time.monotonic()
        wait_until(lambda: ask(gateway, png)[0] == 200, "it answers again", 30)
        recovered.append(time.monotonic() - well_again_s < 1)
        if any(in_time) and any(recovered):
            # A machine that was held up just then says nothing of the gateway.
            break
    assert any(in_time)
    assert any(recovered)
    wait_until(lambda: server.running == 0, "no prediction is left at the server")
    wait_until(lambda: open_files() <= before, "no file is left open")


def test_an_answer_of_more_than_4_mb_and_one_of_the_next_version_are_whole(
    server: FakeModelServer, gateway: Flask, png: bytes
) -> None:
    for behavior in (answering(behaviors.large(LARGE_BYTES)), behaviors.switches_version):
        server.behavior = behavior
        answer = gateway.test_client().post("/predict", data=png, content_type="image/png")
        assert len(answer.get_json()["detections"]) == 2
        assert answer.get_json()["model"]["version"] == str(server.version)


def test_a_flapping_server_is_answered_for_by_another(png: bytes) -> None:
    with FakeModelServer("hands") as well, FakeModelServer("hands") as flapping:
        flapping.behavior = behaviors.flaps
        with closing(GrpcModelServer([flapping.address, well.address])) as client:
            app = create_app(Settings(model_name="hands", models_dir=None), client)
            came = Counter(ask(app, png)[0] for _ in range(12))
    assert came == {200: 12}
    assert flapping.asked > 0
    assert well.asked > flapping.asked // 2


def test_of_two_servers_under_load_one_dies_and_comes_back_and_nothing_is_lost(
    png: bytes,
) -> None:
    """Faults where no answer can have been computed twice are asked of the other one."""
    with FakeModelServer("hands") as one, FakeModelServer("hands") as other:
        addresses = [one.address, other.address]
        with closing(GrpcModelServer(addresses)) as client:
            settings = Settings(
                model_name="hands", models_dir=None, max_concurrent_predictions=4,
                predict_timeout_s=30,
            )  # fmt: skip
            app = create_app(settings, client)
            stop = threading.Event()

            def load() -> Counter[int]:
                came: Counter[int] = Counter()
                while not stop.is_set():
                    came[ask(app, png)[0]] += 1
                return came

            with ThreadPoolExecutor(4) as threads:
                loads = [threads.submit(load) for _ in range(4)]
                for victim, survivor in ((one, other), (other, one), (one, other)):
                    wait_for_more(victim, 5)
                    victim.die()
                    wait_for_more(survivor, 20)
                    victim.start()
                    # Whoever takes the other one away before it is asked again has none left.
                    wait_for_more(victim, 1)
                stop.set()
                came = sum((each.result(60) for each in loads), Counter())
    assert came.total() > 60
    assert set(came) == {200}, came


def test_a_dead_server_costs_a_caller_less_than_a_deadline(png: bytes) -> None:
    with (
        FakeModelServer("hands") as dead,
        FakeModelServer("hands") as well,
        closing(GrpcModelServer([dead.address, well.address])) as client,
    ):
        app = create_app(Settings(model_name="hands", models_dir=None), client)
        assert [ask(app, png)[0] for _ in range(2)] == [200, 200]
        dead.die()
        came = [ask(app, png) for _ in range(10)]
    assert {status for status, _ in came} == {200}
    # Half of them are asked of the dead one first.
    assert np.median([took_s for _, took_s in came]) < DEADLINE_S


def test_the_detector_is_what_its_constants_say(
    server: FakeModelServer, gateway: Flask, png: bytes
) -> None:
    answer = gateway.test_client().post(
        "/predict?score_threshold=0", data=png, content_type="image/png"
    )
    scores = [each["score"] for each in answer.get_json()["detections"]]
    assert scores == pytest.approx(detector.SCORES)
