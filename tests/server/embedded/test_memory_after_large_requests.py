"""What the server keeps of the memory that large requests took."""

from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from serving_protocol.messages import ModelSpec
from tests.support.model_servers import RunningServer, running_model_server
from tests.support.tiny_models import built_once
from tests.support.waiting import wait_until

LARGE = 15_000_000
LARGE_BYTES = LARGE * 4
HALF_PLUS = ModelSpec(name="half_plus")


@pytest.fixture(params=["openvino", "tensorflow"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    models = built_once(tmp_path_factory.getbasetemp())
    with running_model_server(
        tmp_path_factory.mktemp("memory"),
        f"--engine={request.param}",
        "--model_name=half_plus",
        f"--model_base_path={models / 'half_plus'}",
    ) as running:
        yield running


def resident(server: RunningServer) -> int:
    size: int = psutil.Process(server.own_program.process.pid).memory_info().rss
    return size


def test_memory_is_back_after_requests_of_60_mb(server: RunningServer) -> None:
    for size in (1, 1000, 100_000):
        server.predict(HALF_PLUS, x=np.ones(size, np.float32))
    before = resident(server)
    for _ in range(3):
        answer = server.predict(HALF_PLUS, 120, x=np.ones(LARGE, np.float32))
        assert len(answer.outputs["y"].float_val) == LARGE
    # Less than half of one such request's numbers is left of three of them.
    wait_until(lambda: resident(server) < before + LARGE_BYTES // 2, "the memory is given back")
