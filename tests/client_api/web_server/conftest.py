"""A gateway that runs for every test in this folder, and a real gRPC server behind it."""

from collections.abc import Iterator

import pytest

from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving


@pytest.fixture(scope="package")
def fake() -> FakeModelServer:
    return FakeModelServer()


@pytest.fixture(scope="package")
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
            PREDICT_TIMEOUT_S="5",
            LOG_FORMAT="json",
        ) as running,
    ):
        yield running
